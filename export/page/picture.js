// Covers as PNG files.

const GAP = 2; // pixels between the covers of a grid, as in zoo-sample

/** Convert a cover, values in [-1, 1], (S, S, 3), to a canvas. */
export function cover(pixels, side) {
  const canvas = blank(side, side);
  const image = new ImageData(side, side);
  for (let i = 0, j = 0; i < pixels.length; i += 3, j += 4) {
    for (let c = 0; c < 3; c++) image.data[j + c] = (pixels[i + c] + 1) * 127.5; // is clamped and rounded
    image.data[j + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Arrange covers row by row on white. */
export function grid(covers, columns) {
  const side = covers[0].width;
  const rows = Math.ceil(covers.length / columns);
  const canvas = blank(columns * (side + GAP) + GAP, rows * (side + GAP) + GAP);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  covers.forEach((each, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    context.drawImage(each, GAP + column * (side + GAP), GAP + row * (side + GAP));
  });
  return canvas;
}

/** Enlarge or reduce a cover to a side in pixels; without one it stays as it is. */
export function resized(canvas, side) {
  if (!side || side === canvas.width) return canvas;
  const result = blank(side, side);
  const context = result.getContext("2d");
  context.imageSmoothingQuality = "high"; // browsers have no Lanczos resampling
  context.drawImage(canvas, 0, 0, side, side);
  return result;
}

/** Convert a canvas to a PNG file. */
export function png(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be encoded as PNG"))), "image/png");
  });
}

function blank(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
