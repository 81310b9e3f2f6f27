/* Text in pages: the arrow keys turn them, and the page is remembered. ES5. */
(function () {
  "use strict";
  var main = document.getElementById("main"), key = main.getAttribute("data-key");
  var page = Number(main.getAttribute("data-page")), pages = Number(main.getAttribute("data-pages"));
  var place = key && window.shuluPlaces.recall(key);

  if (key && !/[?&]page=/.test(location.search) && place && place.page > 1 && place.page <= pages) {
    location.replace(location.pathname + location.search + (location.search ? "&" : "?") + "page=" + place.page);
    return;
  }
  if (key) {
    window.shuluPlaces.remember(key, { page: page, share: pages > 1 ? (page - 1) / (pages - 1) : 0 });
  }
  document.addEventListener("keydown", function (event) {
    var relation = { ArrowLeft: "prev", Left: "prev", ArrowRight: "next", Right: "next" }[event.key];
    var link = relation && main.querySelector("a[rel=" + relation + "]");
    if (link && !event.altKey && !event.ctrlKey && !event.metaKey && event.target.tagName !== "INPUT") {
      event.preventDefault();
      link.click();
    }
  });
}());
