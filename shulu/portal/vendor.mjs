// Puts what the pages use of the locked packages into static/vendor, each beside its licence: `npm run vendor`.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";

const FILES = [
  ["epubjs/dist/epub.legacy.min.js", "epub.legacy.min.js"],
  ["epubjs/license", "epubjs-license.txt"],
  ["jszip/dist/jszip.min.js", "jszip.min.js"],
  ["jszip/LICENSE.markdown", "jszip-license.txt"],
  ["openseadragon/build/openseadragon/openseadragon.min.js", "openseadragon.min.js"],
  ["openseadragon/LICENSE.txt", "openseadragon-license.txt"],
];

rmSync("static/vendor", { recursive: true, force: true });
mkdirSync("static/vendor", { recursive: true });
for (const [from, to] of FILES) {
  copyFileSync(`node_modules/${from}`, `static/vendor/${to}`);
}
