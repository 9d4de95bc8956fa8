// Files of audio features, read and checked as corpus/vectors.py and corpus/documents.py do.

const SECTIONS = ["lowlevel", "rhythm", "tonal"];
const MAX_BYTES = 16e6; // a document has 0.1 MB

/**
 * Read the raw audio features of a track.
 *
 * @param {File} file A .npy or .json file.
 * @param {number} width Number of features of a track.
 * @returns {Promise<Float32Array>} The features.
 * @throws {Error} If the file is invalid; the message is one sentence.
 */
export async function read(file, width) {
  const suffix = file.name.toLowerCase().split(".").pop();
  try {
    if (suffix !== "npy" && suffix !== "json") {
      throw new Error(`expected a .npy file of ${width} numbers or a .json document`);
    }
    if (file.size === 0) throw new Error("the file is empty");
    if (file.size > MAX_BYTES) throw new Error(`the file is too large, ${MAX_BYTES / 1e6} MB at most`);
    return suffix === "npy" ? fromNpy(await file.arrayBuffer(), width)
      : fromDocument(await file.text(), width, await names());
  } catch (error) {
    throw new Error(`${file.name}: ${error.message}.`, { cause: error });
  }
}

/** The numbers of a .npy file. */
export function fromNpy(buffer, width) {
  const bytes = new Uint8Array(buffer);
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== "\x93NUMPY") {
    throw new Error("this is not a .npy file");
  }
  const view = new DataView(buffer);
  // The header's length has two bytes in version 1 and four after it.
  const long = bytes[6] > 1;
  if (bytes.length < 12) throw new Error("the file is cut short");
  const start = long ? 12 : 10;
  const offset = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, offset));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw new Error("its header is damaged");
  if (!/^[<>]f[48]$/.test(type ?? "")) {
    throw new Error("it does not hold float32 or float64 numbers");
  }
  const sides = shape.split(",").map((part) => part.trim()).filter(Boolean);
  if (sides.length !== 1 || Number(sides[0]) !== width) {
    const found = sides.length ? sides.join(" × ") : "a single number";
    throw new Error(`it holds ${found} instead of ${width} numbers`);
  }
  const size = Number(type[2]);
  if (bytes.length < offset + width * size) throw new Error("the file is cut short");
  const get = (size === 4 ? view.getFloat32 : view.getFloat64).bind(view);
  const numbers = Array.from({ length: width }, (_, i) => get(offset + i * size, type[0] === "<"));
  return floats(numbers, (i) => `value ${i}`);
}

/** The first half of a track from a low-level document; the other half, of MSD-I, is missing: 0. */
export function fromDocument(text, width, names) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("this is not JSON");
  }
  const found = new Map();
  for (const section of SECTIONS) {
    if (!isObject(content?.[section])) {
      throw new Error(`no section “${section}”, so it is not a low-level document of AcousticBrainz`);
    }
    for (const [name, value] of Object.entries(content[section])) {
      const path = `${section}.${name}`;
      if (!isObject(value)) addValue(found, path, value);
      else for (const [last, one] of Object.entries(value)) addValue(found, `${path}.${last}`, one);
    }
  }
  const missing = names.filter((name) => !found.has(name));
  if (missing.length) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
    throw new Error(`no number for ${missing[0]}${more}`);
  }
  const track = new Float32Array(width);
  track.set(floats(names.map((name) => found.get(name)), (i) => names[i]));
  return track;
}

/** Add a number, or the mean and standard deviation of a list of numbers. */
function addValue(found, path, value) {
  if (typeof value === "number") found.set(path, value);
  if (!Array.isArray(value)) return;
  const lengths = new Set(value.map((row) => (Array.isArray(row) ? row.length : -1)));
  const numbers = value.flat(Infinity);
  // As in NumPy, rows of different lengths are not a matrix.
  if (lengths.size > 1 || !numbers.length || numbers.some((x) => typeof x !== "number")) return;
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  found.set(`${path}.mean`, mean);
  found.set(`${path}.std`, Math.sqrt(squares / numbers.length));
}

function floats(numbers, name) {
  const made = Float32Array.from(numbers);
  const bad = made.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    const reason = Number.isFinite(numbers[bad]) ? "beyond float32" : "not a finite number";
    throw new Error(`${name(bad)} is ${numbers[bad]}, ${reason}`);
  }
  return made;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function names() {
  const response = await fetch(new URL("schema.json", import.meta.url));
  if (!response.ok) throw new Error("the list of features could not be loaded");
  return (await response.json()).values.map(([name]) => name);
}
