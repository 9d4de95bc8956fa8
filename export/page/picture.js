// Covers as PNG files.

const GAP = 2; // pixels between covers of a grid, as zoo-sample has it

/** A canvas with one cover, values in [-1, 1], (S, S, 3). */
export function cover(pixels, side) {
  const canvas = blank(side, side);
  const image = new ImageData(side, side);
  for (let i = 0, j = 0; i < pixels.length; i += 3, j += 4) {
    for (let c = 0; c < 3; c++) image.data[j + c] = (pixels[i + c] + 1) * 127.5; // clamps, rounds
    image.data[j + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A canvas with covers row by row on white. */
export function grid(covers, columns) {
  const side = covers[0].width;
  const rows = Math.ceil(covers.length / columns);
  const canvas = blank(columns * (side + GAP) + GAP, rows * (side + GAP) + GAP);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  covers.forEach((each, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    pen.drawImage(each, GAP + column * (side + GAP), GAP + row * (side + GAP));
  });
  return canvas;
}

/** A PNG file of a canvas. */
export function png(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no PNG"))), "image/png");
  });
}

function blank(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
