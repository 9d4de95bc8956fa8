// The exported model, run by LiteRT.js on the visitor's device.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { download } from "./download.js";
import { normal } from "./noise.js";

// Without threads, so that any static server will do: threads need two headers (COOP and COEP).
const RUNTIME = "litert/litert_wasm_compat_internal";

/**
 * Load the model that a card tells of.
 *
 * @param {object} card card.json
 * @param {(share: number) => void} progress called with 0 … 1 as it is downloaded
 * @returns {Promise<Painter>}
 */
export async function load(card, progress) {
  const urls = [`${RUNTIME}.wasm`, card.file].map((name) => new URL(name, import.meta.url));
  const [wasmBinary, model] = await download(urls, card.bytes, progress);
  globalThis.Module = { printErr: log, wasmBinary }; // LiteRT.js takes it, and takes it away
  await loadLiteRt(new URL(`${RUNTIME}.js`, import.meta.url).href);
  return new Painter(card, await loadAndCompile(model, { accelerator: "wasm" }));
}

// Painting holds the page up; between batches it may answer.
function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

// LiteRT tells what it does as it starts on the channel of errors.
function log(line) {
  (/^(INFO|WARNING|VERBOSE)/.test(line) ? console.debug : console.error)(line);
}

class Painter {
  constructor(card, model) {
    this.card = card;
    this.model = model;
  }

  /**
   * Paint covers of one seed, a batch at a time.
   *
   * @param {object} wish
   * @param {bigint} wish.seed
   * @param {number} wish.count covers number 0 … count - 1 of the seed
   * @param {Float32Array} [wish.audio] raw, or none
   * @param {number} [wish.strength] of the audio
   * @param {number} [wish.truncation]
   * @yields {{index: number, pixels: Float32Array}} values in [-1, 1], (S, S, 3)
   */
  async *paint({ seed, count, audio, strength = 1, truncation }) {
    const { image_size: side, latent_dim: dim, rows } = this.card;
    const size = side * side * 3;
    for (let start = 0; start < count; ) {
      const batch = rows.find((n) => n <= count - start); // the largest that fits; 1 is the last
      const z = new Float32Array(batch * dim);
      for (let i = 0; i < batch; i++) z.set(normal(seed, start + i, dim, truncation), i * dim);
      const images = await this.#run(batch, z, audio, strength);
      for (let i = 0; i < batch && start + i < count; i++) {
        yield { index: start + i, pixels: images.slice(i * size, (i + 1) * size) };
      }
      start += batch;
      await pause();
    }
  }

  async #run(batch, z, audio, strength) {
    const inputs = { z: new Tensor(z, [batch, this.card.latent_dim]) };
    if (audio) {
      const width = audio.length;
      const tracks = new Float32Array(batch * width);
      for (let i = 0; i < batch; i++) tracks.set(audio, i * width);
      inputs.audio = new Tensor(tracks, [batch, width]);
      if (this.card.audio.strength) {
        inputs.strength = new Tensor(new Float32Array(batch).fill(strength), [batch]);
      }
    }
    let outputs = {};
    try {
      outputs = await this.model.run(`${audio ? "sample_audio" : "sample"}_${batch}`, inputs);
      return await outputs.image.data();
    } finally {
      // LiteRT.js does not collect its own garbage.
      for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.delete();
    }
  }
}
