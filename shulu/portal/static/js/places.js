/* Where a reader stopped, kept in this browser alone: a bounded number of places, each for thirty days. */
(function () {
  "use strict";
  var NAME = "shulu-places", MOST = 60, DAYS = 30;

  function all() {
    try {
      var kept = JSON.parse(localStorage.getItem(NAME));
      return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
    } catch (error) {
      return {};
    }
  }

  function keep(kept) {
    try {
      localStorage.setItem(NAME, JSON.stringify(kept));
    } catch (error) { /* a browser that keeps nothing still reads */ }
  }

  window.shuluPlaces = {
    /* Return the value that was remembered, undefined where there is none. */
    recall: function (key) {
      var found = all()[key];
      return Array.isArray(found) && Date.now() - found[1] < DAYS * 86400000 ? found[0] : undefined;
    },
    remember: function (key, value) {
      var kept = all();
      kept[key] = [value, Date.now()];
      Object.keys(kept).sort(function (a, b) { return kept[b][1] - kept[a][1]; }).slice(MOST).forEach(function (old) {
        delete kept[old];
      });
      keep(kept);
    },
    forget: function (key) {
      var kept = all();
      delete kept[key];
      keep(kept);
    }
  };
}());
