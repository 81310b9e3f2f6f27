/* The strip of thumbnails. They are the pages themselves, and come when they are seen: so the pages that are turned to
   next are there already. */
window.shuluStrip = function (strip, chosen) {
  "use strict";
  var thumbs = [].slice.call(strip.querySelectorAll("a"));

  function address(thumb) {
    return thumb.getAttribute("data-image");
  }

  function fill() {
    var around = strip.getBoundingClientRect();
    if (around.top > window.innerHeight + 200) {
      return;
    }
    thumbs.forEach(function (thumb) {
      var box = thumb.getBoundingClientRect(), frame = thumb.querySelector(".thumb");
      if (frame.firstChild || box.right < around.left - 100 || box.left > around.right + 100) {
        return;
      }
      var image = document.createElement("img");
      image.alt = "";
      image.decoding = "async";
      image.src = address(thumb);
      frame.appendChild(image);
    });
  }

  var waiting = 0;
  function later() {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(fill, 80);
  }

  strip.addEventListener("scroll", later);
  window.addEventListener("scroll", later);
  window.addEventListener("resize", later);
  thumbs.forEach(function (thumb, place) {
    thumb.addEventListener("click", function (event) { chosen(place + 1, event); });
  });

  return {
    images: thumbs.map(address),
    /* Mark the pages that are seen, and scroll the strip, never the page, so that the first is in its middle. */
    mark: function (shown) {
      thumbs.forEach(function (thumb, place) {
        if (shown.indexOf(place + 1) >= 0) {
          thumb.setAttribute("aria-current", "true");
        } else {
          thumb.removeAttribute("aria-current");
        }
      });
      var box = thumbs[shown[0] - 1].getBoundingClientRect(), around = strip.getBoundingClientRect();
      strip.scrollLeft += box.left + box.width / 2 - around.left - around.width / 2;
      fill();
    }
  };
};
