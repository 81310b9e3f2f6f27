/* The arrow keys turn the pages of an item. */
document.addEventListener("keydown", function (event) {
  "use strict";
  var relation = { ArrowLeft: "prev", Left: "prev", ArrowRight: "next", Right: "next" }[event.key];
  if (!relation || event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT)$/.test(event.target.tagName)) {
    return;
  }
  var link = document.querySelector("#view a[rel=" + relation + "]");
  if (link) {
    event.preventDefault();
    link.click();
  }
});
