// The page: what is chosen, what is painted, what is told.

import { read } from "./features.js";
import { load } from "./model.js";
import { gallery } from "./gallery.js";

const $ = (id) => document.getElementById(id);
const tracks = []; // {label, audio}; the values of the radio buttons are places in it
const covers = gallery($("covers"));
let card;
let painter;
let latest = 0;
let queue = Promise.resolve();

/** What the controls say, or an error that says what is wrong with them. */
function wish() {
  const seed = $("seed").value.trim();
  if (!/^[+-]?\d{1,19}$/.test(seed)) {
    throw new Error(`Seed: “${seed}” is no whole number of at most 19 digits.`);
  }
  const track = tracks[Number(document.querySelector("[name=track]:checked")?.value ?? 0)];
  const truncation = $("truncation");
  return {
    seed: BigInt(seed),
    count: Number($("count").value),
    audio: track?.audio,
    label: track?.audio ? track.label : "",
    strength: Number($("strength").value),
    truncation: truncation.value === truncation.max ? undefined : Number(truncation.value),
  };
}

/** Paint what is wished now; of many wishes in a row only the last one. */
function repaint() {
  const turn = ++latest;
  queue = queue.then(() => (turn === latest ? paint(turn) : undefined)).catch(complain);
  return queue;
}

async function paint(turn) {
  if (!painter) return;
  const wanted = wish();
  $("error").textContent = "";
  $("covers").classList.add("painting");
  const start = performance.now();
  covers.resize(wanted.count);
  try {
    for await (const { index, pixels } of painter.paint(wanted)) {
      if (turn !== latest) return;
      await covers.put(index, pixels, card, wanted);
    }
  } finally {
    $("covers").classList.remove("painting");
  }
  const took = Math.round(performance.now() - start);
  const music = wanted.label ? ` for ${wanted.label}` : "";
  const many = wanted.count === 1 ? "1 cover" : `${wanted.count} covers`;
  $("status").textContent = `${many}${music}, seed ${wanted.seed}, in ${took} ms.`;
  $("save").disabled = false;
}

function complain(error) {
  $("error").textContent = error.message;
}

/** Offer a track; gives its radio button. */
function offer(label, audio, name = label) {
  const chip = document.createElement("label");
  const radio = document.createElement("input");
  const text = document.createElement("span");
  radio.type = "radio";
  radio.name = "track";
  radio.value = tracks.push({ label, audio }) - 1;
  text.textContent = label;
  chip.className = "chip";
  chip.title = name;
  chip.append(radio, text);
  $("tracks").append(chip);
  return radio;
}

async function take(file) {
  try {
    const radio = offer(file.name, await read(file, card.audio.width));
    radio.checked = true;
    radio.scrollIntoView({ block: "nearest", inline: "nearest" });
  } catch (error) {
    complain(error);
    return;
  }
  await repaint();
}

function tellValues() {
  const { value, max } = $("truncation");
  const truncated = value === max ? "off" : `±${Number(value).toFixed(1)}`;
  const strength = Number($("strength").value).toFixed(1);
  $("truncation-value").textContent = truncated;
  $("truncation").setAttribute("aria-valuetext", truncated);
  $("strength-value").textContent = strength;
  $("strength").setAttribute("aria-valuetext", strength);
}

async function offerMusic() {
  const { width, strength } = card.audio;
  const values = new Float32Array(await (await fetched("tracks.f32")).arrayBuffer());
  card.tracks.forEach(({ label, name }, place) => {
    const radio = offer(label, values.slice(place * width, (place + 1) * width), name);
    radio.checked = place === 0;
  });
  if (card.plain) offer("no music", undefined);
  $("width").textContent = width;
  $("music").hidden = false;
  $("strength-field").hidden = !strength;
}

function listen() {
  for (const id of ["strength", "truncation"]) {
    $(id).addEventListener("input", () => {
      tellValues();
      repaint();
    });
  }
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("controls").addEventListener("change", ({ target }) => {
    if (target.id === "file") {
      if (target.files[0]) take(target.files[0]);
      target.value = ""; // so that the same file, mended, can be chosen again
    } else if (target.type !== "range") repaint();
  });
  $("next").addEventListener("click", () => {
    const { value } = $("seed");
    $("seed").value = /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim()) + 1n : 0n;
    repaint();
  });
  $("save").addEventListener("click", () => covers.save(card).catch(complain));
  for (const type of ["dragover", "dragleave", "drop"]) {
    window.addEventListener(type, (event) => {
      event.preventDefault(); // else the browser leaves the page for the file
      document.body.classList.toggle("dropping", type === "dragover");
      const file = type === "drop" && card?.audio && event.dataTransfer.files[0];
      if (file) take(file);
    });
  }
}

async function fetched(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name} is missing on the server (${answer.status})`);
  return answer;
}

async function start() {
  card = await (await fetched("card.json")).json();
  const side = card.image_size;
  $("model").textContent = `Model: ${card.name}, covers of ${side} × ${side} pixels.`;
  tellValues();
  if (card.audio) await offerMusic();
  listen();
  painter = await load(card, (share) => { $("loading").value = share; });
  $("loading").hidden = true;
  await repaint();
}

/** Keep the page for offline use; only after the first covers, so as not to compete with them. */
async function keep() {
  // Browsers have service workers on https and localhost alone; elsewhere the page works online.
  if (!navigator.serviceWorker) return;
  const worker = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
  // A later export is fetched now and shown at the next visit; offline there is none to fetch.
  worker.update().catch(() => {});
  await navigator.serviceWorker.ready;
  $("offline").textContent = "This page now works offline.";
}

const ready = start();
ready.then(
  () => keep().catch(() => { $("offline").textContent = "This page works online only."; }),
  (error) => {
    $("loading").hidden = true;
    $("status").textContent = "There is nothing to paint with.";
    complain(new Error(`The page could not be loaded whole: ${error.message}.`));
  },
);

/** For tests: the covers as numbers, of a wish as `Painter.paint` takes it. */
globalThis.coverzoo = {
  ready,
  async paint(wanted) {
    const found = [];
    for await (const { pixels } of painter.paint(wanted)) found.push(pixels);
    return found;
  },
};
