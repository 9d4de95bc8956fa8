// The noise of zoo/noise.py: it follows from (seed, index) alone and has the same bits.

const MAX_ATTEMPTS = 64;
const ATTEMPT_STRIDE = 1 << 16;

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
 * Draw a standard normal latent code.
 *
 * @param {bigint} seed Seed, a 64-bit integer.
 * @param {number} index Index of the seed's code, an integer in [0, 2³²).
 * @param {number} dim Number of values of the code, below 65,536.
 * @param {number} [truncation] Bound T > 0; values with |z| > T are redrawn.
 * @returns {Float32Array} The code.
 */
export function normal(seed, index, dim, truncation = Infinity) {
  const low = Number(BigInt.asUintN(32, seed));
  const high = Number(BigInt.asUintN(32, seed >> 32n));
  const base = mix((mix((mix(low) + high) | 0) + index) | 0);
  const z = new Float32Array(dim);
  for (let c = 0; c < dim; c++) {
    let value = gaussian(base, c);
    for (let attempt = 1; attempt < MAX_ATTEMPTS && Math.abs(value) > truncation; attempt++) {
      value = gaussian(base, c + attempt * ATTEMPT_STRIDE);
    }
    z[c] = Math.min(Math.max(value, -truncation), truncation);
  }
  return z;
}
