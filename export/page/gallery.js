// The list of covers, each a picture with a number and a link that saves it.

import { cover, grid, png, resized } from "./picture.js";

/**
 * Show covers in a list.
 *
 * @param {HTMLElement} list The list element.
 * @param {() => number} size Function that returns the side of saved covers in pixels, 0 for the model's.
 * @param {(error: Error) => void} showError Function that shows why a cover cannot be saved.
 */
export function gallery(list, size, showError) {
  const shown = []; // {item, canvas, address}
  let shownOptions; // those of the covers shown

  function add() {
    const item = document.createElement("li");
    item.innerHTML = `<figure><img alt=""><figcaption><span></span><a>PNG</a></figcaption></figure>`;
    item.querySelector("img").hidden = true;
    list.append(item);
    const place = { item };
    shown.push(place);
    const link = item.querySelector("a");
    link.addEventListener("click", (event) => {
      if (!size()) return; // the link leads to the cover in the model's size
      event.preventDefault();
      download(resized(place.canvas, size()), link.download).catch(showError);
    });
  }

  return {
    /** Set the number of covers. */
    resize(count) {
      list.classList.toggle("few", count < 3);
      while (shown.length < count) add();
      for (const { item, address } of shown.splice(count)) {
        item.remove();
        URL.revokeObjectURL(address);
      }
    },

    /** Show a cover. */
    async put(index, pixels, metadata, options) {
      const place = shown[index];
      place.canvas = cover(pixels, metadata.image_size);
      const [image, link] = [place.item.querySelector("img"), place.item.querySelector("a")];
      const number = index + 1;
      const before = place.address;
      // A file rather than a canvas: a long press or right click can save it too.
      place.address = URL.createObjectURL(await png(place.canvas));
      image.src = link.href = place.address;
      image.hidden = false;
      image.alt = `Cover ${number}${options.label ? ` for ${options.label}` : ""}, seed ${options.seed}`;
      link.download = `${fileName(metadata, options)}-${number}.png`;
      link.setAttribute("aria-label", `Save cover ${number} as PNG`);
      place.item.querySelector("span").textContent = number;
      if (before) URL.revokeObjectURL(before);
      shownOptions = options;
    },

    /** Save all covers as one picture. */
    async save(metadata) {
      const columns = Math.ceil(Math.sqrt(shown.length));
      const covers = shown.map((each) => resized(each.canvas, size()));
      await download(grid(covers, columns), `${fileName(metadata, shownOptions)}.png`);
    },
  };
}

async function download(canvas, name) {
  const address = URL.createObjectURL(await png(canvas));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // a download may take its time
}

function fileName(metadata, { label, seed }) {
  return [metadata.name, label, `seed${seed}`].filter(Boolean).join("-").replace(/[^\w.-]+/g, "_");
}
