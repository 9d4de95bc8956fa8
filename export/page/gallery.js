// The list of covers, each a picture with a name and a link to save it.

import { cover, grid, png } from "./picture.js";

/**
 * Covers in a list.
 *
 * @param {HTMLElement} list
 */
export function gallery(list) {
  const shown = []; // {item, canvas, address}
  let told; // what was painted last

  function add() {
    const item = document.createElement("li");
    item.innerHTML = `<figure><img alt=""><figcaption><span></span><a>PNG</a></figcaption></figure>`;
    item.querySelector("img").hidden = true;
    list.append(item);
    shown.push({ item });
  }

  return {
    /** As many places as there will be covers. */
    resize(count) {
      list.classList.toggle("few", count < 3);
      while (shown.length < count) add();
      for (const { item, address } of shown.splice(count)) {
        item.remove();
        URL.revokeObjectURL(address);
      }
    },

    /** Show a cover in its place. */
    async put(index, pixels, card, wanted) {
      const place = shown[index];
      place.canvas = cover(pixels, card.image_size);
      const [image, link] = [place.item.querySelector("img"), place.item.querySelector("a")];
      const number = index + 1;
      const before = place.address;
      // A file rather than a canvas: a long press or right click saves it too.
      place.address = URL.createObjectURL(await png(place.canvas));
      image.src = link.href = place.address;
      image.hidden = false;
      image.alt = `Cover ${number}${wanted.label ? ` for ${wanted.label}` : ""}, seed ${wanted.seed}`;
      link.download = `${file(card, wanted)}-${number}.png`;
      link.setAttribute("aria-label", `Save cover ${number} as PNG`);
      place.item.querySelector("span").textContent = number;
      if (before) URL.revokeObjectURL(before);
      told = wanted;
    },

    /** Save all covers as one picture. */
    async save(card) {
      const columns = Math.ceil(Math.sqrt(shown.length));
      const address = URL.createObjectURL(await png(grid(shown.map((each) => each.canvas), columns)));
      const link = Object.assign(document.createElement("a"), {
        href: address,
        download: `${file(card, told)}.png`,
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000); // a download may take its time
    },
  };
}

function file(card, { label, seed }) {
  return [card.name, label, `seed${seed}`].filter(Boolean).join("-").replace(/[^\w.-]+/g, "_");
}
