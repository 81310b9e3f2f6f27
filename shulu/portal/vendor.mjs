// Puts what the pages use of the locked packages into static/vendor, each beside its licence: `npm run vendor`.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";

const FILES = [
  ["epubjs/dist/epub.legacy.min.js", "epub.legacy.min.js"],
  ["epubjs/license", "epubjs-license.txt"],
  ["jszip/dist/jszip.min.js", "jszip.min.js"],
  ["jszip/LICENSE.markdown", "jszip-license.txt"],
  ["openseadragon/build/openseadragon/openseadragon.min.js", "openseadragon.min.js"],
  ["openseadragon/LICENSE.txt", "openseadragon-license.txt"],
  ["pdfjs-dist/legacy/build/pdf.min.mjs", "pdfjs/pdf.min.mjs"],
  ["pdfjs-dist/legacy/build/pdf.worker.min.mjs", "pdfjs/pdf.worker.min.mjs"],
  ["pdfjs-dist/legacy/web/pdf_viewer.mjs", "pdfjs/pdf_viewer.mjs"],
  ["pdfjs-dist/LICENSE", "pdfjs/LICENSE"],
  ["pdfjs-dist/wasm/openjpeg.wasm", "pdfjs/wasm/openjpeg.wasm"],
  ["pdfjs-dist/wasm/LICENSE_OPENJPEG", "pdfjs/wasm/LICENSE_OPENJPEG"],
  ["pdfjs-dist/wasm/LICENSE_PDFJS_OPENJPEG", "pdfjs/wasm/LICENSE_PDFJS_OPENJPEG"],
  ["pdfjs-dist/wasm/jbig2.wasm", "pdfjs/wasm/jbig2.wasm"],
  ["pdfjs-dist/wasm/LICENSE_JBIG2", "pdfjs/wasm/LICENSE_JBIG2"],
  ["pdfjs-dist/wasm/LICENSE_PDFJS_JBIG2", "pdfjs/wasm/LICENSE_PDFJS_JBIG2"],
  ["pdfjs-dist/wasm/qcms_bg.wasm", "pdfjs/wasm/qcms_bg.wasm"],
  ["pdfjs-dist/wasm/LICENSE_QCMS", "pdfjs/wasm/LICENSE_QCMS"],
  ["pdfjs-dist/wasm/LICENSE_PDFJS_QCMS", "pdfjs/wasm/LICENSE_PDFJS_QCMS"],
  // Whole folders, each with its licences: Chinese PDFs without fonts of their own need them.
  ["pdfjs-dist/cmaps", "pdfjs/cmaps"],
  ["pdfjs-dist/standard_fonts", "pdfjs/standard_fonts"],
];

rmSync("static/vendor", { recursive: true, force: true });
mkdirSync("static/vendor", { recursive: true });
for (const [from, to] of FILES) {
  mkdirSync(dirname(`static/vendor/${to}`), { recursive: true });
  cpSync(`node_modules/${from}`, `static/vendor/${to}`, { recursive: true });
}
