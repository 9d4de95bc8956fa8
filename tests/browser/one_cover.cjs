// Generate one cover on the exported page and save it: node one_cover.cjs CHROMIUM ADDRESS TRACK PNG
const { chromium } = require("playwright-core");

const [executablePath, address, track, file] = process.argv.slice(2);
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

async function main() {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(address);
    await page.evaluate(() => globalThis.coverzoo.ready);
    await page.selectOption("#count", "1");
    await page.setInputFiles("#file", track);
    await page.waitForFunction(() =>
      /^1 cover for track.npy, seed 0,/.test(document.querySelector("#status").textContent));
    const [download] = await Promise.all([
      page.waitForEvent("download"), page.locator("#covers a").first().click(),
    ]);
    await download.saveAs(file);
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
