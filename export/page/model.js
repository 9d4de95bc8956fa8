// The exported model, run by LiteRT.js on the visitor's device.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { download } from "./download.js";
import { normal } from "./noise.js";

// Without threads, so that any static server suffices: threads need two headers (COOP and COEP).
const RUNTIME = "litert/litert_wasm_compat_internal";

/**
 * Load the model.
 *
 * @param {object} metadata The content of card.json.
 * @param {(share: number) => void} progress Function that is called with 0 … 1 during the download.
 * @returns {Promise<Sampler>} The sampler of its covers.
 */
export async function load(metadata, progress) {
  const urls = [`${RUNTIME}.wasm`, metadata.file].map((name) => new URL(name, import.meta.url));
  const [wasmBinary, model] = await download(urls, metadata.bytes, progress);
  globalThis.Module = { printErr: log, wasmBinary }; // LiteRT.js reads it and deletes it
  await loadLiteRt(new URL(`${RUNTIME}.js`, import.meta.url).href);
  return new Sampler(metadata, await loadAndCompile(model, { accelerator: "wasm" }));
}

// Generation blocks the page; between batches it can respond.
function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

// LiteRT writes its notes at the start to the standard error.
function log(line) {
  (/^(INFO|WARNING|VERBOSE)/.test(line) ? console.debug : console.error)(line);
}

class Sampler {
  constructor(metadata, model) {
    this.metadata = metadata;
    this.model = model;
  }

  /**
   * Generate covers of one seed, a batch at a time.
   *
   * @param {object} options Options of the covers.
   * @param {bigint} options.seed Seed of the noise.
   * @param {number} options.count Number of covers: noise 0 … count - 1 of the seed.
   * @param {Float32Array} [options.audio] Raw audio features; none to generate without audio.
   * @param {number} [options.strength] Scale of the audio's effect, 1 as in training.
   * @param {number} [options.truncation] Bound T; noise beyond ±T is redrawn.
   * @yields {{index: number, pixels: Float32Array, typicality?: number}} The cover's index, its
   *   values in [-1, 1], (S, S, 3), and the track's percentile among the training tracks, in
   *   [0, 100], where the model measures it.
   */
  async *sample({ seed, count, audio, strength = 1, truncation }) {
    const { image_size: side, latent_dim: dim, rows } = this.metadata;
    const size = side * side * 3;
    for (let start = 0; start < count; ) {
      const batch = rows.find((n) => n <= count - start); // the largest that fits; the last is 1
      const z = new Float32Array(batch * dim);
      for (let i = 0; i < batch; i++) z.set(normal(seed, start + i, dim, truncation), i * dim);
      const { images, typicality } = await this.#run(batch, z, audio, strength);
      for (let i = 0; i < batch && start + i < count; i++) {
        yield { index: start + i, pixels: images.slice(i * size, (i + 1) * size), typicality };
      }
      start += batch;
      await pause();
    }
  }

  async #run(batch, z, audio, strength) {
    const inputs = { z: new Tensor(z, [batch, this.metadata.latent_dim]) };
    if (audio) {
      const width = audio.length;
      const tracks = new Float32Array(batch * width);
      for (let i = 0; i < batch; i++) tracks.set(audio, i * width);
      inputs.audio = new Tensor(tracks, [batch, width]);
      if (this.metadata.audio.strength) {
        inputs.strength = new Tensor(new Float32Array(batch).fill(strength), [batch]);
      }
    }
    let outputs = {};
    try {
      outputs = await this.model.run(`${audio ? "sample_audio" : "sample"}_${batch}`, inputs);
      const typicality = await outputs.typicality?.data(); // all rows are one track
      return { images: await outputs.image.data(), typicality: typicality?.[0] };
    } finally {
      // LiteRT.js does not free tensors itself.
      for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor.delete();
    }
  }
}
