/* Shows a PDF with pdf.js, page below page. A module: browsers too old for pdf.js show the link that the page has. */
const reading = window.shuluReading;
const places = window.shuluPlaces;
const root = document.documentElement;
const container = document.getElementById("pages");
const SCROLLS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);
const element = (id) => document.getElementById(id);
const said = (name) => container.getAttribute(`data-${name}`);
const key = said("key");

const show = (state) => {
  root.setAttribute("data-pdf", state);
  element("failed").hidden = state !== "failed";
  element("wait").hidden = state !== "opening";
  element("tools").hidden = element("foot").hidden = state !== "ready";
};

/* The words are the page's own: pdf.js names nothing. */
const words = {
  getLanguage: () => "zh-cn",
  getDirection: () => "ltr",
  get: (_names, _values, fallback) => Promise.resolve(fallback || ""),
  translate: () => Promise.resolve(),
  translateOnce: () => Promise.resolve(),
  pause: () => {},
  resume: () => {},
  destroy: () => Promise.resolve(),
};

const list = (entries, parent, depth, links) => {
  for (const entry of entries) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = `depth-${Math.min(depth, 3)}`;
    button.textContent = entry.title;
    button.addEventListener("click", () => {
      reading.closePanels();
      if (entry.dest) {
        links.goToDestination(entry.dest);
      }
    });
    item.append(button);
    parent.append(item);
    list(entry.items, parent, depth + 1, links);
  }
};

const controls = (viewer, events, count) => {
  const page = element("page");
  const turn = (step) => {
    viewer.currentPageNumber = Math.min(count, Math.max(1, viewer.currentPageNumber + step));
  };
  element("count").textContent = count;
  page.max = count;
  element("back").addEventListener("click", () => turn(-1));
  element("on").addEventListener("click", () => turn(1));
  element("smaller").addEventListener("click", () => viewer.decreaseScale());
  element("larger").addEventListener("click", () => viewer.increaseScale());
  for (const button of document.querySelectorAll("[data-fit]")) {
    button.addEventListener("click", () => {
      viewer.currentScaleValue = button.getAttribute("data-fit");
      reading.closePanels();
    });
  }
  const go = (event) => {
    event.preventDefault();
    viewer.currentPageNumber = Math.min(count, Math.max(1, Number(page.value) || 1));
  };
  element("jump").addEventListener("submit", go);
  page.addEventListener("change", go);
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "INPUT") {
      return;
    }
    const act = {
      ArrowLeft: () => turn(-1),
      ArrowRight: () => turn(1),
      "+": () => viewer.increaseScale(),
      "=": () => viewer.increaseScale(),
      "-": () => viewer.decreaseScale(),
      "0": () => { viewer.currentScaleValue = "page-fit"; },
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    } else if (SCROLLS.has(event.key) && event.target === document.body) {
      // The page itself never scrolls: keys that scroll are for the book.
      container.focus();
    }
  });
  let query = "";
  element("find").addEventListener("submit", (event) => {
    const wanted = element("find-words").value.trim();
    const type = wanted && wanted === query ? "again" : "";
    event.preventDefault();
    query = wanted;
    events.dispatch("find", {
      source: window, type, query, caseSensitive: false, entireWord: false, highlightAll: true, findPrevious: false,
      matchDiacritics: false,
    });
  });
  const counted = ({ matchesCount: { current, total } }) => {
    element("found").textContent = total ? `第 ${current} 处，共 ${total} 处` : query ? "没有找到" : "";
    root.setAttribute("data-found", total);
  };
  events.on("updatefindmatchescount", counted);
  events.on("updatefindcontrolstate", counted);
};

const remembering = (viewer, events, count) => {
  const keep = () => {
    const number = viewer.currentPageNumber;
    element("page").value = number;
    root.setAttribute("data-page", number);
    places.remember(key, { page: number, scale: viewer.currentScaleValue, share: count > 1 ? (number - 1) / (count - 1) : 0 });
  };
  events.on("pagechanging", keep);
  events.on("scalechanging", keep);
};

const open = async () => {
  const pdfjs = await import(said("core"));
  const { EventBus, PDFFindController, PDFLinkService, PDFViewer } = await import(said("viewer"));
  pdfjs.GlobalWorkerOptions.workerSrc = said("worker");
  const folder = new URL(said("folder"), location.href).href;
  const events = new EventBus();
  const links = new PDFLinkService({ eventBus: events });
  const finds = new PDFFindController({ eventBus: events, linkService: links });
  const viewer = new PDFViewer({
    container, eventBus: events, linkService: links, findController: finds, l10n: words,
    annotationMode: pdfjs.AnnotationMode.ENABLE, annotationEditorMode: pdfjs.AnnotationEditorType.DISABLE,
    removePageBorders: true, maxCanvasPixels: 1 << 24,
  });
  links.setViewer(viewer);
  // Only what is looked at is fetched: a library without content of its own has each byte by its line.
  const pdf = await pdfjs.getDocument({
    url: said("address"), cMapUrl: `${folder}cmaps/`, cMapPacked: true, standardFontDataUrl: `${folder}standard_fonts/`,
    wasmUrl: `${folder}wasm/`, enableXfa: false, disableAutoFetch: true, disableStream: true, rangeChunkSize: 1 << 18,
  }).promise;
  const place = places.recall(key) || {};
  events.on("pagesinit", () => {
    viewer.currentScaleValue = place.scale || (container.clientWidth < 900 ? "page-width" : "auto");
    remembering(viewer, events, pdf.numPages);
    if (place.page > 1 && place.page <= pdf.numPages) {
      viewer.currentPageNumber = place.page;
    }
    element("page").value = viewer.currentPageNumber;
    root.setAttribute("data-page", viewer.currentPageNumber);
    show("ready");
  });
  events.on("pagerendered", ({ pageNumber, source }) => {
    source.div.setAttribute("aria-label", `第 ${pageNumber} 页`);
    root.setAttribute("data-drawn", pageNumber);
  });
  controls(viewer, events, pdf.numPages);
  viewer.setDocument(pdf);
  links.setDocument(pdf, null);
  const outline = await pdf.getOutline();
  if (outline && outline.length) {
    list(outline, element("contents"), 0, links);
    element("contents-tool").hidden = false;
  }
};

show("opening");
open().catch((error) => {
  root.setAttribute("data-error", String(error));
  show("failed");
});
