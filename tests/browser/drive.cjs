// Drive the exported page in Chromium: node drive.cjs FOLDER TASK.json OUT
//
// Writes OUT/results.json and screenshots, which the tests check.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [folder, taskFile, out] = process.argv.slice(2);
const task = JSON.parse(fs.readFileSync(taskFile));
const TYPES = {
  html: "text/html", css: "text/css", js: "text/javascript", json: "application/json",
  svg: "image/svg+xml", wasm: "application/wasm",
};
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** A static server without special headers. */
const server = http.createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url, "http://x").pathname);
  const file = path.join(folder, name.endsWith("/") ? `${name}index.html` : name);
  const type = TYPES[path.extname(file).slice(1)] ?? "application/octet-stream";
  const update = changed[path.basename(file)];
  if (update) return response.writeHead(200, { "content-type": type }).end(update);
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": type }).end(fs.readFileSync(file));
});

const changed = {}; // files of a later export, by name
const results = { errors: [], failed: [], requests: [], notices: {} };

function watch(page) {
  page.on("console", (line) => line.type() === "error" && results.errors.push(line.text()));
  page.on("pageerror", (error) => results.errors.push(String(error)));
  page.on("requestfailed", (request) => results.failed.push(request.url()));
  page.on("request", (request) => results.requests.push(request.url()));
  page.on("response", (response) => response.status() >= 400 && results.failed.push(response.url()));
  return page;
}

const status = (page) => page.locator("#status").textContent();
const screenshot = (page, name) => page.screenshot({ path: path.join(out, `${name}.png`), fullPage: true });

/** Do something, wait until the status line describes other covers, and return it. */
async function after(page, act) {
  const before = (await status(page)).replace(/ in \d+ ms.*/, "");
  await act();
  await page.waitForFunction(
    (old) => !document.querySelector("#status").textContent.startsWith(old), before);
  return status(page);
}

async function open(page) {
  await page.goto(task.address);
  await page.evaluate(() => globalThis.coverzoo.ready);
  await page.waitForFunction(() => /ms\.$/.test(document.querySelector("#status").textContent));
}

async function sampledCovers(page) {
  const found = [];
  for (const given of task.sample) {
    found.push(await page.evaluate(async (given) => {
      const audio = given.audio && new Float32Array(given.audio);
      const options = { ...given, seed: BigInt(given.seed), audio };
      return (await globalThis.coverzoo.sample(options)).map((cover) => Array.from(cover));
    }, given));
  }
  return found;
}

/** The typicality of every sample track. */
async function typicality(page) {
  return page.evaluate(async (width) => {
    const values = new Float32Array(await (await fetch("tracks.f32")).arrayBuffer());
    const found = [];
    for (let start = 0; start < values.length; start += width) {
      found.push(await globalThis.coverzoo.typicality(values.slice(start, start + width)));
    }
    return found;
  }, 1160);
}

async function noiseValues(page) {
  return page.evaluate(async (cases) => {
    const { normal } = await import("./noise.js");
    return cases.map(([seed, index, dim, truncation]) =>
      Array.from(normal(BigInt(seed), index, dim, truncation ?? undefined)));
  }, task.noise);
}

async function fileMessages(page) {
  const found = {};
  for (const file of task.files) {
    await page.setInputFiles("#file", file);
    await page.waitForFunction((name) =>
      document.querySelector("#error").textContent.startsWith(name) ||
      document.querySelector("#status").textContent.includes(name), path.basename(file));
    found[path.basename(file)] = await page.locator("#error").textContent();
    results.notices[path.basename(file)] = await page.locator("#notice").textContent();
  }
  return found;
}

async function documentFeatures(page) {
  return page.evaluate(async (text) => {
    const { fromDocument } = await import("./features.js");
    const names = (await (await fetch("schema.json")).json()).values.map(([name]) => name);
    return Array.from(fromDocument(text, 1160, names));
  }, task.document);
}

/** The controls that Tab reaches from the top, and the effect of keys on them. */
async function keyboard(page) {
  const stops = [];
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    return at.id || at.name || at.getAttribute("aria-label") || at.tagName;
  });
  await page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    stops.push(await focused());
  }
  const pressed = {};
  for (const [id, key] of [["truncation", "ArrowLeft"], ["strength", "End"]]) {
    if (await page.locator(`#${id}`).isHidden()) continue;
    await page.focus(`#${id}`);
    await page.keyboard.press(key);
    pressed[id] = await page.locator(`#${id}-value`).textContent();
  }
  for (const [id, keys] of [["seed", ["7", "Enter"]], ["next", ["Enter"]]]) {
    await page.focus(`#${id}`);
    pressed[id] = await after(page, async () => {
      for (const key of keys) await page.keyboard.press(key);
    });
  }
  if (await page.locator("[name=track]").count()) {
    await page.focus("[name=track]:checked");
    pressed.track = await after(page, () => page.keyboard.press("ArrowRight"));
  }
  await page.focus("#save");
  const [download] = await Promise.all([
    page.waitForEvent("download"), page.keyboard.press("Enter"),
  ]);
  await download.saveAs(path.join(out, "all.png"));
  return { stops, pressed, file: download.suggestedFilename() };
}

/** Whether covers are being generated and whether Save is disabled, while more are requested. */
async function saveStates(page) {
  await page.evaluate(() => {
    const [covers, save] = ["covers", "save"].map((id) => document.getElementById(id));
    globalThis.saveStates = [];
    new MutationObserver(() => {
      globalThis.saveStates.push([covers.classList.contains("generating"), save.disabled]);
    }).observe(covers, { attributes: true });
  });
  await after(page, () => page.selectOption("#count", "24"));
  const states = await page.evaluate(() => globalThis.saveStates);
  await after(page, () => page.selectOption("#count", "8"));
  return states;
}

async function saved(page, selector, file) {
  const [download] = await Promise.all([
    page.waitForEvent("download"), page.locator(selector).first().click(),
  ]);
  await download.saveAs(path.join(out, file));
  return download.suggestedFilename();
}

const oneCover = (page) => saved(page, "#covers a", "one.png");

/** Save a cover and all of them in another size, which generates nothing. */
async function inAnotherSize(page) {
  const before = await status(page);
  await page.selectOption("#size", "512");
  const names = [
    await saved(page, "#covers a", "one-512.png"), await saved(page, "#save", "all-512.png"),
  ];
  await page.selectOption("#size", "0");
  return { names, unchanged: before === (await status(page)) };
}

/** Elements without a name for a screen reader. */
const unnamed = (page) => page.evaluate(() =>
  [...document.querySelectorAll("input, select, button, a, img")]
    .filter((each) => each.offsetParent !== null)
    .filter((each) => !(each.labels?.length || each.alt || each.getAttribute("aria-label") ||
      (each.tagName === "BUTTON" && each.textContent.trim())))
    .map((each) => each.outerHTML));

/** Without a server the page must come from the cache. */
async function offline(context, page) {
  await page.waitForFunction(() => /offline/.test(document.querySelector("#offline").textContent));
  await context.setOffline(true);
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await open(page);
  return after(page, () => page.locator("#next").click());
}

/** The titles that an earlier visitor sees after a later export: at this visit, and the next. */
async function laterExport(context) {
  const titles = [];
  let page = await context.newPage();
  await open(page);
  await page.waitForFunction(() => /offline/.test(document.querySelector("#offline").textContent));
  const text = (name) => fs.readFileSync(path.join(folder, name), "utf8");
  changed["index.html"] = text("index.html").replace(/<h1>.*<\/h1>/, "<h1>later</h1>");
  changed["files.js"] = text("files.js").replace('VERSION = "', 'VERSION = "later');
  await open(page);
  titles.push(await page.locator("h1").textContent());
  await page.waitForFunction(async () =>
    Boolean((await navigator.serviceWorker.getRegistration()).waiting));
  // The waiting worker takes over some time after the last page was closed.
  for (let tries = 0; tries < 10; tries++) {
    await page.close();
    await new Promise((done) => setTimeout(done, 1000));
    page = await context.newPage();
    await open(page);
    titles[1] = await page.locator("h1").textContent();
    if (titles[1] !== titles[0]) break;
  }
  for (const name in changed) delete changed[name];
  return { titles, kept: (await page.evaluate(() => caches.keys())).length };
}

async function main() {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  task.address = `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({ executablePath: task.chromium, args: FLAGS });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = watch(await context.newPage());
    page.setDefaultTimeout(30_000);
    await page.addInitScript(() => {
      globalThis.shares = [];
      new MutationObserver(() => {
        const bar = document.querySelector("#loading");
        if (bar) globalThis.shares.push(bar.hidden ? null : bar.value);
      }).observe(document, { subtree: true, attributes: true });
    });
    await open(page);
    results.visited = results.requests.length;
    results.loading = await page.evaluate(() => globalThis.shares);
    results.status = await status(page);
    await screenshot(page, "desktop");
    results.music = await page.locator("#music").isVisible();
    results.unnamed = await unnamed(page);
    results.covers = await page.locator("#covers img").evaluateAll((all) => all.map((i) => i.alt));
    results.sample = await sampledCovers(page);
    results.noise = await noiseValues(page);
    if (results.music) results.typicality = await typicality(page);
    results.keyboard = await keyboard(page);
    results.one = await oneCover(page);
    results.enlarged = await inAnotherSize(page);
    results.saveStates = await saveStates(page);
    if (task.document) results.document = await documentFeatures(page);
    if (task.files) results.files = await fileMessages(page);
    await screenshot(page, "files");

    const options = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
    const hand = await browser.newContext({ ...options, colorScheme: "dark" });
    const phone = watch(await hand.newPage());
    await open(phone);
    results.width = await phone.evaluate(() => document.documentElement.scrollWidth);
    await screenshot(phone, "phone");
    await phone.screenshot({ path: path.join(out, "phone-first.png") });
    results.later = await laterExport(await browser.newContext());
    results.offline = await offline(context, page);
    await screenshot(page, "offline");
  } finally {
    await browser.close();
    server.close();
  }
  // Pictures are blobs of the page; everything else must come from its server.
  results.elsewhere = results.requests.filter((url) => !url.replace(/^blob:/, "").startsWith(task.address));
  fs.writeFileSync(path.join(out, "results.json"), JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
