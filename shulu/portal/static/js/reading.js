/* What all readers share: size of the letters, colour of the paper, face, and the panels of the bar. Written for old
   browsers too: ES5. Loaded in the head, so that a page is drawn in its colours at once. */
(function () {
  "use strict";
  var NAME = "shulu-reading", THEME = "shulu-theme";
  var PAPERS = ["day", "sepia", "night"], FACES = ["book", "song", "hei"];
  var root = document.documentElement;
  var chosen = { size: 100, paper: "day", face: "book" };
  var listeners = [];

  function stored(name) {
    try {
      return window.localStorage.getItem(name);
    } catch (ignore) {
      return null;
    }
  }

  function store(name, value) {
    try {
      window.localStorage.setItem(name, value);
    } catch (ignore) { /* a browser that keeps nothing still reads */ }
  }

  function load() {
    var kept = {}, theme = stored(THEME);
    try {
      kept = JSON.parse(stored(NAME)) || {};
    } catch (ignore) { /* as if nothing were kept */ }
    if (kept.size >= 70 && kept.size <= 220) {
      chosen.size = Math.round(kept.size);
    }
    chosen.paper = PAPERS.indexOf(kept.paper) >= 0 ? kept.paper : "day";
    chosen.face = FACES.indexOf(kept.face) >= 0 ? kept.face : "book";
    if (theme === "night" || (!theme && window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches)) {
      chosen.paper = "night";
    } else if (theme === "day" && chosen.paper === "night") {
      chosen.paper = "day";
    }
  }

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }

  function show() {
    root.setAttribute("data-paper", chosen.paper);
    root.setAttribute("data-face", chosen.face);
    each(".text", function (text) { text.style.fontSize = chosen.size + "%"; });
    each("[data-set-paper]", function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-set-paper") === chosen.paper));
    });
    each("[data-set-face]", function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-set-face") === chosen.face));
    });
    each("[data-size]", function (shown) { shown.textContent = chosen.size + "%"; });
  }

  function change(name, value) {
    chosen[name] = value;
    store(NAME, JSON.stringify(chosen));
    if (name === "paper") {
      store(THEME, value === "night" ? "night" : "day");
      root.setAttribute("data-theme", value === "night" ? "night" : "day");
    }
    show();
    listeners.forEach(function (act) { act(); });
  }

  function panels(wanted) {
    each("[data-panel]", function (button) {
      var panel = document.getElementById(button.getAttribute("data-panel"));
      var open = panel.id === wanted && panel.hidden;
      panel.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (open) {
        var first = panel.querySelector("input, button, a[href]");
        if (first) {
          first.focus();
        }
      }
    });
  }

  /* The button in the head of the portal's pages turns the paper too; theme.js has heard it first. */
  function followTheme() {
    var button = document.getElementById("theme");
    if (button) {
      button.addEventListener("click", function () {
        var night = root.getAttribute("data-theme") === "night";
        change("paper", night ? "night" : chosen.paper === "night" ? "day" : chosen.paper);
      });
    }
  }

  function begin() {
    each("[data-needs-script]", function (part) { part.hidden = false; });
    each("[data-step]", function (button) {
      button.addEventListener("click", function () {
        change("size", Math.min(220, Math.max(70, chosen.size + Number(button.getAttribute("data-step")))));
      });
    });
    ["paper", "face"].forEach(function (name) {
      each("[data-set-" + name + "]", function (button) {
        button.addEventListener("click", function () { change(name, button.getAttribute("data-set-" + name)); });
      });
    });
    each("[data-panel]", function (button) {
      button.addEventListener("click", function () { panels(button.getAttribute("data-panel")); });
    });
    each("[data-place]", function (link) {
      var place = window.shuluPlaces && window.shuluPlaces.recall(link.getAttribute("data-place"));
      if (place && place.share > 0) {
        link.querySelector("[data-label]").textContent = "继续阅读 " + Math.round(place.share * 100) + "%";
      }
    });
    followTheme();
    document.addEventListener("keydown", function (event) {
      var opener = document.querySelector("[data-panel][aria-expanded=true]");
      if (opener && (event.key === "Escape" || event.key === "Esc")) {
        panels("");
        opener.focus();
      }
    });
    show();
  }

  load();
  root.setAttribute("data-paper", chosen.paper);
  root.setAttribute("data-face", chosen.face);
  window.shuluReading = {
    chosen: chosen,
    listen: function (act) { listeners.push(act); },
    closePanels: function () { panels(""); }
  };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
}());
