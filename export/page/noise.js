// The noise of zoo/noise.py: it follows from (seed, index) alone, the same bits here as there.

const ATTEMPTS = 64;
const STRIDE = 1 << 16;

// Math.imul and >>> keep to 32 bits; `+` needs `| 0` before the next step.
function mix(x) {
  x = (x + 0x9e3779b9) | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}

function uniform(base, k) {
  return ((mix((base + mix(k)) | 0) >>> 9) + 0.5) / 8388608;
}

function gaussian(base, k) {
  const radius = Math.sqrt(-2 * Math.log(uniform(base, 2 * k)));
  return radius * Math.cos(2 * Math.PI * uniform(base, 2 * k + 1));
}

/**
 * A latent code, standard normal.
 *
 * @param {bigint} seed any 64-bit integer
 * @param {number} index which code of the seed, an integer in [0, 2³²)
 * @param {number} dim how many values it has, below 65,536
 * @param {number} [truncation] T > 0: values with |z| > T are redrawn
 * @returns {Float32Array}
 */
export function normal(seed, index, dim, truncation = Infinity) {
  const low = Number(BigInt.asUintN(32, seed));
  const high = Number(BigInt.asUintN(32, seed >> 32n));
  const base = mix((mix((mix(low) + high) | 0) + index) | 0);
  const z = new Float32Array(dim);
  for (let c = 0; c < dim; c++) {
    let value = gaussian(base, c);
    for (let attempt = 1; attempt < ATTEMPTS && Math.abs(value) > truncation; attempt++) {
      value = gaussian(base, c + attempt * STRIDE);
    }
    z[c] = Math.min(Math.max(value, -truncation), truncation);
  }
  return z;
}
