// What signees do in a browser. Each step prints "ok WHAT", or "FAILED WHAT" and why. Environment:
// PLAYWRIGHT (folder of the package), CHROMIUM, MAILS (the server's mail folder), LOOKS (where
// pictures of the pages go).
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const desktop = { viewport: { width: 1280, height: 900 } };
const seen = new Set();
let failures = 0;

async function step(what, run) {
  try {
    await run();
    console.log(`ok ${what}`);
  } catch (error) {
    failures++;
    console.log(`FAILED ${what}: ${error.message}`);
  }
}
function same(is, should) {
  if (is !== should) throw new Error(`it is ${is} and not ${should}`);
}
// The text of the next mail of a kind, as it was written.
async function mail(kind) {
  for (let i = 0; i < 300; i++) {
    const names = readdirSync(process.env.MAILS, { withFileTypes: true }).map((entry) => entry.name);
    const name = names.sort().find((n) => n.includes(kind) && n.endsWith(".eml") && !seen.has(n));
    if (name) {
      seen.add(name);
      const raw = readFileSync(join(process.env.MAILS, name), "latin1");
      return raw.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no mail ${kind} came`);
}
const look = (page, name) => page.screenshot({ path: join(process.env.LOOKS, `${name}.png`) });

// Opens the page of the next invitation, in a browser of its own.
async function visit(options) {
  const link = (await mail("-invitation")).match(/http\S*\/sign\/[\w-]+/)[0];
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("requestfailed", (request) => faults.push(`${request.url().replace(/\/sign\/[\w-]+/, "")} failed`));
  same((await page.goto(link)).status(), 200);
  return { page, link, faults, close: () => context.close() };
}
async function enterCode(page) {
  await page.click("form[action$='/code'] button");
  await page.waitForSelector("[role=status]");
  const code = (await mail("signing-code-")).match(/: (\d{6})\r?$/m)[1];
  await page.fill("#code", code);
}
async function draw(page) {
  await page.locator("[data-canvas]").scrollIntoViewIfNeeded();
  const box = await page.locator("[data-canvas]").boundingBox();
  await page.mouse.move(box.x + 20, box.y + box.height * 0.7);
  await page.mouse.down();
  for (let i = 0; i <= 30; i++) {
    await page.mouse.move(box.x + 20 + i * (box.width - 40) / 30, box.y + box.height * (0.5 + 0.3 * Math.sin(i / 2)));
  }
  await page.mouse.up();
}

await step("a signature is drawn on a phone", async () => {
  const { page, link, faults, close } = await visit(phone);
  await page.waitForFunction(() => document.querySelector("figure img").naturalWidth > 500);
  await look(page, "phone-1-document");
  same(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await page.fill("#name", "Anna Å. Ödman");
  await enterCode(page);
  await page.fill("#name", "Anna Å. Ödman");
  await draw(page);
  await page.check("#consent");
  await page.locator("#sign").scrollIntoViewIfNeeded();
  same(await page.evaluate(() => document.querySelector("#sign").scrollWidth > document.querySelector("#sign").clientWidth), false);
  await look(page, "phone-2-sign");
  await page.click("[data-sign] button[type=submit]");
  await page.waitForSelector(".card.good");
  await look(page, "phone-3-done");
  same((await page.goto(link)).status(), 410);
  same(faults.filter((f) => !f.includes("410")).join("; "), "");
  await close();
});

await step("a name is typed on a desktop without scripts", async () => {
  const { page, close } = await visit({ ...desktop, javaScriptEnabled: false });
  await look(page, "desktop-1-document");
  await enterCode(page);
  const right = await page.inputValue("#code");
  await page.fill("#code", right === "000000" ? "000001" : "000000");
  await page.fill("#name", "Anna Ödman");
  await page.check("#consent");
  await page.click("[data-sign] button[type=submit]");
  await page.waitForSelector("[role=alert]");
  await look(page, "desktop-2-wrong-code");
  same(await page.inputValue("#name"), "Anna Ödman");
  await page.fill("#code", right);
  await page.check("#consent");
  await page.click("[data-sign] button[type=submit]");
  await page.waitForSelector(".card.good");
  await look(page, "desktop-3-done");
  await close();
});

await step("a document is declined with a reason", async () => {
  const { page, faults, close } = await visit(desktop);
  await page.click("summary");
  await page.fill("#reason", "Fel belopp på rad 3");
  await look(page, "desktop-4-decline");
  await page.click("form[action$='/rejection'] button");
  await page.waitForSelector(".card");
  same(faults.join("; "), "");
  await close();
});

await browser.close();
process.exit(failures ? 1 : 0);
