/* Page images and pictures: zoom, single and facing pages, keys, swipes. Without it links turn the pages. */
(function () {
  "use strict";
  var root = document.querySelector("[data-viewer]");
  if (!root) {
    return;
  }
  var SPREAD = "shulu-spread", GUTTER = 0.004;
  var NUMBERED = { 27: "Escape", 37: "ArrowLeft", 38: "ArrowUp", 39: "ArrowRight", 40: "ArrowDown", 48: "0" };
  var stage = root.querySelector(".stage");
  var strip = root.querySelector(".thumbs") ? window.shuluStrip(root.querySelector(".thumbs"), pick) : null;
  var images = strip ? strip.images : [stage.getAttribute("data-image")];
  var links = { prev: root.querySelector("a[data-step=prev]"), next: root.querySelector("a[data-step=next]") };
  var input = root.querySelector("input[name=n]");
  var original = document.querySelector("[data-original]");
  var rtl = root.getAttribute("data-direction") === "rtl";
  var unit = root.getAttribute("data-unit");
  var key = root.getAttribute("data-key");
  var page = Number(root.getAttribute("data-number"));
  var still = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  var buttons = {};
  var facing = false;
  var shown = [];
  var ratio = 1, opening = false;
  var viewer = null, whole = null;

  /* The pages that are seen together with a page: the cover is alone, then they face each other in pairs. */
  function together(number) {
    if (!facing || number === 1) {
      return [number];
    }
    var first = number - number % 2;
    return first < images.length ? [first, first + 1] : [first];
  }

  function atHome() {
    return !viewer || !viewer.world.getItemCount() || ratio < 1.02;
  }

  /* Take one step on (1) or back (-1), to another item where its link leads there. */
  function turn(step) {
    var there = step > 0 ? shown[shown.length - 1] + 1 : shown[0] - 1;
    var link = step > 0 ? links.next : links.prev;
    if (viewer && there >= 1 && there <= images.length) {
      show(there);
    } else if (link && link.getAttribute("href")) {
      location.href = link.href;
    }
  }

  function show(number) {
    page = Math.min(Math.max(1, number), images.length);
    shown = together(page);
    tell();
    opening = true;
    var order = rtl ? shown.slice().reverse() : shown;
    viewer.open(order.map(function (one, place) {
      return { tileSource: { type: "image", url: images[one - 1] }, height: 1, x: place };
    }));
  }

  /* Say everywhere which pages are seen: address, links, thumbnails, and in words. */
  function tell() {
    var first = shown[0], last = shown[shown.length - 1];
    if (images.length > 1) {
      if (window.history.replaceState) {
        window.history.replaceState(null, "", "?n=" + first + location.hash);
      }
      window.shuluStep(links.prev, first - 1, images.length);
      window.shuluStep(links.next, last + 1, images.length);
      if (input) {
        input.value = first;
      }
      if (key) {
        window.shuluPlaces.remember(key, first);
      }
    }
    if (original) {
      original.href = images[first - 1];
    }
    if (strip) {
      strip.mark(shown);
    }
    root.querySelector("[data-says]").textContent =
      "第 " + (first === last ? first : first + "–" + last) + " " + unit + "，共 " + images.length + " " + unit;
  }

  function opened() {
    var left = 0, zoom = ratio;
    for (var place = 0; place < viewer.world.getItemCount(); place++) {
      var item = viewer.world.getItemAt(place);
      item.setHeight(1, true);
      item.setPosition(new window.OpenSeadragon.Point(left, 0), true);
      left += item.getBounds(true).width + GUTTER;
    }
    left -= GUTTER;
    opening = false;
    viewer.viewport.goHome(true);
    if (zoom > 1.02) {
      // Who reads with a glass goes on with it, from where the next page begins.
      viewer.viewport.zoomTo(viewer.viewport.getHomeZoom() * zoom, null, true);
      var seen = viewer.viewport.getBounds(true), far = rtl ? left - seen.width : 0;
      viewer.viewport.fitBounds(new window.OpenSeadragon.Rect(far, 0, seen.width, seen.height), true);
      viewer.viewport.applyConstraints(true);
    }
    zoomed();
    root.setAttribute("data-shown", shown.join("-"));
    root.removeAttribute("data-failed");
    if (images[shown[shown.length - 1]]) {
      new Image().src = images[shown[shown.length - 1]];
    }
  }

  /* Drawings without a ground were made for white paper. */
  function paper(event) {
    var drawn = event.rendered;
    if (!drawn.canvas.paper) {
      drawn.canvas.paper = true;
      drawn.globalCompositeOperation = "destination-over";
      drawn.fillStyle = "#ffffff";
      drawn.fillRect(0, 0, drawn.canvas.width, drawn.canvas.height);
    }
  }

  function zoomed() {
    if (opening || !viewer.world.getItemCount()) {
      return;
    }
    ratio = viewer.viewport.getZoom() / viewer.viewport.getHomeZoom();
    // A page that is seen whole lets the finger scroll on; a part of it is moved by the finger.
    viewer.canvas.style.touchAction = atHome() ? "pan-y" : "none";
    buttons.fit.disabled = atHome();
    buttons.smaller.disabled = atHome();
    root.setAttribute("data-zoom", ratio.toFixed(2));
  }

  function zoom(factor) {
    viewer.viewport.zoomBy(factor);
    viewer.viewport.applyConstraints();
  }

  function face(on) {
    facing = on;
    if (buttons.facing) {
      buttons.facing.setAttribute("aria-pressed", String(on));
    }
  }

  /* The name of a key, also where the browser has but its number. */
  function named(event) {
    return event.key || NUMBERED[event.keyCode] || "";
  }

  function keys(event) {
    var name = named(event), target = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) {
      return;
    }
    var back = rtl ? /^(Arrow)?Right$/ : /^(Arrow)?Left$/, on = rtl ? /^(Arrow)?Left$/ : /^(Arrow)?Right$/;
    if (viewer && viewer.canvas.contains(target) && !atHome() && /^(Arrow)?(Left|Right|Up|Down)$/.test(name)) {
      return;
    }
    if (back.test(name)) {
      turn(-1);
    } else if (on.test(name)) {
      turn(1);
    } else if (viewer && (name === "+" || name === "=")) {
      zoom(1.5);
    } else if (viewer && name === "-") {
      zoom(1 / 1.5);
    } else if (viewer && name === "0") {
      viewer.viewport.goHome();
    } else if (viewer && (name === "Escape" || name === "Esc")) {
      whole(false);
      return;
    } else {
      return;
    }
    event.preventDefault();
  }

  function press(name, work) {
    buttons[name] = root.querySelector("[data-tool=" + name + "]");
    if (buttons[name]) {
      buttons[name].addEventListener("click", work);
    }
  }

  function pick(number, event) {
    if (viewer && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      show(number);
    }
  }

  function follow(link, direction) {
    if (link) {
      link.addEventListener("click", function (event) {
        var there = direction > 0 ? shown[shown.length - 1] + 1 : shown[0] - 1;
        if (there >= 1 && there <= images.length && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
          event.preventDefault();
          turn(direction);
        }
      });
    }
  }

  function begin() {
    var before = stage.innerHTML, from = null;
    stage.innerHTML = "";
    viewer = window.OpenSeadragon({
      element: stage,
      showNavigationControl: false,
      animationTime: still ? 0 : 0.4,
      blendTime: 0,
      immediateRender: true,
      visibilityRatio: 1,
      constrainDuringPan: true,
      minZoomImageRatio: 1,
      maxZoomPixelRatio: 4,
      gestureSettingsMouse: { scrollToZoom: false, clickToZoom: true, dblClickToZoom: false },
      gestureSettingsPen: { scrollToZoom: false },
      gestureSettingsUnknown: { scrollToZoom: false }
    });
    viewer.canvas.setAttribute("role", "application");
    viewer.canvas.setAttribute("aria-label", root.getAttribute("data-name"));
    viewer.addHandler("open", opened);
    viewer.addHandler("open-failed", function () {
      viewer.destroy();
      viewer = null;
      stage.innerHTML = before;
      root.className = root.className.replace(" live", "");
      root.setAttribute("data-failed", "true");
    });
    viewer.addHandler("zoom", zoomed);
    viewer.addHandler("tile-drawing", paper);
    viewer.addHandler("resize", function () {
      if (atHome()) {
        window.setTimeout(function () { viewer.viewport.goHome(true); }, 0);
      }
    });
    viewer.addHandler("canvas-scroll", function (event) {
      event.preventDefault = viewer.gestureSettingsMouse.scrollToZoom;
    });
    viewer.addHandler("canvas-key", function (event) {
      event.preventDefaultAction = atHome() || !/^(Arrow)?(Left|Right|Up|Down)$/.test(named(event.originalEvent));
    });
    viewer.addHandler("canvas-press", function (event) { from = atHome() ? event.position : null; });
    viewer.addHandler("canvas-release", function (event) {
      var across = from ? event.position.x - from.x : 0, down = from ? event.position.y - from.y : 0;
      if (Math.abs(across) > 50 && Math.abs(across) > 2 * Math.abs(down)) {
        turn((across < 0) !== rtl ? 1 : -1);
      }
    });
    press("larger", function () { zoom(1.5); });
    press("smaller", function () { zoom(1 / 1.5); });
    press("fit", function () { viewer.viewport.goHome(); });
    whole = window.shuluWhole(root, root.querySelector("[data-tool=whole]"), function (on) {
      viewer.gestureSettingsMouse.scrollToZoom = on;
    });
    press("facing", function () {
      face(!facing);
      try {
        localStorage.setItem(SPREAD, facing ? "2" : "1");
      } catch (error) { /* it holds for this issue */ }
      show(page);
    });
    root.className += " live";
  }

  /* Begin where the reader stopped, and say so; an address with a page goes there. */
  function resume() {
    var found = key && !/[?&]n=/.test(location.search) ? window.shuluPlaces.recall(key) : 0;
    var said = root.querySelector("[data-resumed]");
    if (typeof found === "number" && found > 1 && found <= images.length && said) {
      said.hidden = false;
      said.querySelector("[data-place]").textContent = found;
      said.querySelector("button").addEventListener("click", function () {
        said.hidden = true;
        show(1);
      });
      return found;
    }
    return page;
  }

  document.addEventListener("keydown", keys);
  shown = [page];
  if (!window.OpenSeadragon || !window.OpenSeadragon.supportsCanvas) {
    return;
  }
  begin();
  try {
    face(Boolean(buttons.facing) && localStorage.getItem(SPREAD) === "2");
  } catch (error) { /* single pages then */ }
  follow(links.prev, -1);
  follow(links.next, 1);
  if (input) {
    input.form.addEventListener("submit", function (event) {
      if (viewer) {
        event.preventDefault();
        show(Math.floor(Number(input.value)) || 1);
      }
    });
  }
  show(resume());
}());
