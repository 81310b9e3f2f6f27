/* Day or night as the reader chose it, before anything is drawn; else as the system has it. ES5. */
(function () {
  "use strict";
  var root = document.documentElement;

  function kept() {
    try {
      return window.localStorage.getItem("shulu-theme");
    } catch (ignore) {
      return null;
    }
  }

  function isNight() {
    var said = root.getAttribute("data-theme");
    return said ? said === "night" : Boolean(window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches);
  }

  function choose(theme) {
    root.setAttribute("data-theme", theme);
    try {
      window.localStorage.setItem("shulu-theme", theme);
    } catch (ignore) {
      return;
    }
  }

  if (kept() === "night" || kept() === "day") {
    root.setAttribute("data-theme", kept());
  }
  document.addEventListener("DOMContentLoaded", function () {
    var button = document.getElementById("theme");
    if (!button || !(window.CSS && window.CSS.supports && window.CSS.supports("color", "var(--ink)"))) {
      return;
    }
    function show() {
      button.setAttribute("aria-pressed", isNight() ? "true" : "false");
    }
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      choose(isNight() ? "day" : "night");
      show();
    });
  });
}());
