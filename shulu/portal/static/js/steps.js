/* Where a step leads: to a part of the item, beyond its ends to another item, or nowhere. */
window.shuluStep = function (link, number, count) {
  "use strict";
  var inside = number >= 1 && number <= count;
  var there = inside ? "?n=" + number + "#view" : link && link.getAttribute("data-elsewhere");
  if (!link) {
    return;
  }
  if (there) {
    link.href = there;
    link.removeAttribute("aria-disabled");
    link.className = "button";
  } else {
    link.removeAttribute("href");
    link.setAttribute("aria-disabled", "true");
    link.className = "button off";
  }
};
