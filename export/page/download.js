// Fetches what is large and tells how far it is.

/**
 * The contents of files.
 *
 * @param {URL[]} urls
 * @param {number} total their bytes in all; a server that compresses does not tell
 * @param {(share: number) => void} progress called with 0 … 1 as bytes come in
 * @returns {Promise<Uint8Array[]>}
 */
export function download(urls, total, progress) {
  let done = 0;
  const count = (bytes) => progress(Math.min((done += bytes) / (total || Infinity), 1));
  return Promise.all(urls.map((url) => contents(url, count)));
}

async function contents(url, count) {
  const answer = await fetch(url);
  const name = url.pathname.split("/").pop();
  if (!answer.ok) throw new Error(`${name} is missing on the server (${answer.status})`);
  const parts = [];
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    count(part.value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
