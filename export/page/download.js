// Downloads large files and reports the progress.

/**
 * Download files.
 *
 * @param {URL[]} urls Addresses of the files.
 * @param {number} total Bytes of all files; a server that compresses does not state them.
 * @param {(share: number) => void} progress Function that is called with 0 … 1 as bytes arrive.
 * @returns {Promise<Uint8Array[]>} The contents.
 */
export function download(urls, total, progress) {
  let done = 0;
  const count = (bytes) => progress(Math.min((done += bytes) / (total || Infinity), 1));
  return Promise.all(urls.map((url) => contents(url, count)));
}

async function contents(url, count) {
  const response = await fetch(url);
  const name = url.pathname.split("/").pop();
  if (!response.ok) throw new Error(`${name} is missing on the server (${response.status})`);
  const parts = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    count(part.value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
