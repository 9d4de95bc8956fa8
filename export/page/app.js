// The page: its controls, the generation of covers, and its messages.

import { read } from "./features.js";
import { load } from "./model.js";
import { gallery } from "./gallery.js";

const ATYPICAL = 99.9; // percentile at which a notice is shown, as core/typicality.py has it
const $ = (id) => document.getElementById(id);
const tracks = []; // {label, audio}; the values of the radio buttons are indices of it
const covers = gallery($("covers"), () => Number($("size").value), showError);
let metadata; // the content of card.json
let sampler;
let latestRequest = 0;
let queue = Promise.resolve();

/** The options that the controls are set to; an error where one is invalid. */
function chosenOptions() {
  const seed = $("seed").value.trim();
  if (!/^[+-]?\d{1,19}$/.test(seed)) {
    throw new Error(`Seed: “${seed}” is not a whole number of at most 19 digits.`);
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

/** Generate covers of the chosen options; of several requests in a row only the last one. */
function requestCovers() {
  const request = ++latestRequest;
  queue = queue
    .then(() => (request === latestRequest ? generate(request) : undefined))
    .catch(showError);
  return queue;
}

async function generate(request) {
  if (!sampler) return;
  const options = chosenOptions();
  $("error").textContent = "";
  $("save").disabled = true; // until every cover is there
  $("covers").classList.add("generating");
  const start = performance.now();
  covers.resize(options.count);
  let notice = "";
  try {
    for await (const { index, pixels, typicality } of sampler.sample(options)) {
      if (request !== latestRequest) return;
      if (typicality >= ATYPICAL) {
        notice = `${options.label}: less typical of the training data than ${ATYPICAL} % of its tracks; ` +
          "its covers may be poor.";
      }
      await covers.put(index, pixels, metadata, options);
    }
  } finally {
    $("covers").classList.remove("generating");
  }
  const milliseconds = Math.round(performance.now() - start);
  const track = options.label ? ` for ${options.label}` : "";
  const number = options.count === 1 ? "1 cover" : `${options.count} covers`;
  $("notice").textContent = notice;
  $("status").textContent = `${number}${track}, seed ${options.seed}, in ${milliseconds} ms.`;
  $("save").disabled = false;
}

function showError(error) {
  $("error").textContent = error.message;
}

/** Add a track to the list, and return its radio button. */
function addTrack(label, audio, name = label) {
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

async function addFile(file) {
  try {
    const radio = addTrack(file.name, await read(file, metadata.audio.width));
    radio.checked = true;
    radio.scrollIntoView({ block: "nearest", inline: "nearest" });
  } catch (error) {
    showError(error);
    return;
  }
  await requestCovers();
}

function showValues() {
  const { value, max } = $("truncation");
  const truncated = value === max ? "off" : `±${Number(value).toFixed(1)}`;
  const strength = Number($("strength").value).toFixed(1);
  $("truncation-value").textContent = truncated;
  $("truncation").setAttribute("aria-valuetext", truncated);
  $("strength-value").textContent = strength;
  $("strength").setAttribute("aria-valuetext", strength);
}

async function addSampleTracks() {
  const { width, strength } = metadata.audio;
  const values = new Float32Array(await (await fetched("tracks.f32")).arrayBuffer());
  metadata.tracks.forEach(({ label, name }, index) => {
    const radio = addTrack(label, values.slice(index * width, (index + 1) * width), name);
    radio.checked = index === 0;
  });
  if (metadata.plain) addTrack("without audio", undefined);
  $("width").textContent = width;
  $("music").hidden = false;
  $("strength-field").hidden = !strength;
}

function addEventHandlers() {
  for (const id of ["strength", "truncation"]) {
    $(id).addEventListener("input", () => {
      showValues();
      requestCovers();
    });
  }
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("controls").addEventListener("change", ({ target }) => {
    if (target.id === "file") {
      if (target.files[0]) addFile(target.files[0]);
      target.value = ""; // so that the same file can be chosen again after a correction
    } else if (target.type !== "range" && target.id !== "size") requestCovers();
  });
  $("next").addEventListener("click", () => {
    const { value } = $("seed");
    $("seed").value = /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim()) + 1n : 0n;
    requestCovers();
  });
  $("save").addEventListener("click", () => covers.save(metadata).catch(showError));
  for (const type of ["dragover", "dragleave", "drop"]) {
    window.addEventListener(type, (event) => {
      event.preventDefault(); // else the browser opens the file instead of the page
      document.body.classList.toggle("dropping", type === "dragover");
      const file = type === "drop" && metadata?.audio && event.dataTransfer.files[0];
      if (file) addFile(file);
    });
  }
}

async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} is missing on the server (${response.status})`);
  return response;
}

async function start() {
  metadata = await (await fetched("card.json")).json();
  const side = metadata.image_size;
  $("model").textContent = `Model: ${metadata.name}, covers of ${side} × ${side} pixels.`;
  showValues();
  if (metadata.audio) await addSampleTracks();
  addEventHandlers();
  sampler = await load(metadata, (share) => { $("loading").value = share; });
  $("loading").hidden = true;
  await requestCovers();
}

/** Cache the page for offline use; after the first covers, so as not to delay them. */
async function cachePage() {
  // Browsers allow service workers on https and localhost only; elsewhere the page works online.
  if (!navigator.serviceWorker) return;
  const worker = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
  // A later export is fetched now and shown at the next visit; offline the update fails.
  worker.update().catch(() => {});
  await navigator.serviceWorker.ready;
  $("offline").textContent = "This page now works offline.";
}

const ready = start();
ready.then(
  () => cachePage().catch(() => { $("offline").textContent = "This page works online only."; }),
  (error) => {
    $("loading").hidden = true;
    $("status").textContent = "The model could not be loaded.";
    showError(new Error(`The page could not be loaded completely: ${error.message}.`));
  },
);

/** For tests: covers as numbers, for the options of `Sampler.sample`, and a track's typicality. */
globalThis.coverzoo = {
  ready,
  async sample(options) {
    const covers = [];
    for await (const { pixels } of sampler.sample(options)) covers.push(pixels);
    return covers;
  },
  async typicality(audio) {
    const { value } = await sampler.sample({ seed: 0n, count: 1, audio }).next();
    return value.typicality;
  },
};
