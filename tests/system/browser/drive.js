// Drives Chromium for tests/harness/browser.py, which writes a line of JSON and reads one back:
//   {"open": "<script>"}              opens a page that runs the script; answers its number
//   {"page": 0, "evaluate": "1 + 1"}  answers the value, or what it resolves to
// What goes wrong is answered as {"error": "…"}. Ends with its input.

const { createServer } = require("node:http");
const { createInterface } = require("node:readline");
const { chromium } = require("playwright-core");

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--ignore-certificate-errors", // the authority is the test's own
  "--allow-loopback-in-peer-connection", // tests may run where there is no other network
];

const pages = [];
let script;

// A page from 127.0.0.1 may use the microphone, and connect to 127.0.0.1.
const server = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(`<!doctype html><script>${script}</script>`);
});

async function open(browser, wanted) {
  script = wanted;
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return pages.push(page) - 1;
}

async function main() {
  const browser = await chromium.launch({ executablePath: process.argv[2], args: ARGUMENTS });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  for await (const line of createInterface({ input: process.stdin })) {
    const { open: wanted, page, evaluate } = JSON.parse(line);
    let answer;
    try {
      const value = wanted ? await open(browser, wanted) : await pages[page].evaluate(evaluate);
      answer = { value: value ?? null };
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  await browser.close();
  server.close();
}

main();
