/* Shows an EPUB page by page. Written for old browsers too: ES5 and nothing beyond it. */
(function () {
  "use strict";
  var holder = document.getElementById("book");
  var wait = document.getElementById("wait");
  var contents = document.getElementById("contents");
  var size = 110;

  function fail() {
    document.getElementById("failed").hidden = false;
    wait.hidden = true;
  }

  if (typeof window.ePub !== "function" || !window.JSZip) {
    fail();
    return;
  }

  /* The address carries a version after the file's name, so that its ending does not tell what it is. */
  var book = window.ePub(holder.getAttribute("data-address"), { openAs: "epub" });
  var view = book.renderTo(holder, { width: "100%", height: "100%", flow: "paginated", minSpreadWidth: 1100 });
  view.themes.default({
    body: {
      "font-family": "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',SimSun,sans-serif",
      "line-height": "1.8"
    },
    img: { "max-width": "100%" }
  });

  view.themes.fontSize(size + "%");

  function turn(back) {
    return back ? view.prev() : view.next();
  }

  function keys(event) {
    var key = event.key;
    if (key === "ArrowLeft" || key === "Left" || key === "PageUp") {
      turn(true);
    } else if (key === "ArrowRight" || key === "Right" || key === "PageDown" || key === " ") {
      turn(false);
    } else {
      return;
    }
    event.preventDefault();
  }

  function resize(step) {
    size = Math.min(200, Math.max(70, size + step));
    view.themes.fontSize(size + "%");
  }

  function list(chapters, depth) {
    chapters.forEach(function (chapter) {
      var option = document.createElement("option");
      option.value = chapter.href;
      option.textContent = new Array(depth + 1).join("\u3000") + chapter.label.replace(/\s+/g, " ");
      contents.appendChild(option);
      list(chapter.subitems || [], depth + 1);
    });
  }

  document.getElementById("back").addEventListener("click", function () { turn(true); });
  document.getElementById("on").addEventListener("click", function () { turn(false); });
  document.getElementById("smaller").addEventListener("click", function () { resize(-10); });
  document.getElementById("larger").addEventListener("click", function () { resize(10); });
  document.addEventListener("keydown", function (event) {
    if (!/^(SELECT|BUTTON|A)$/.test(event.target.tagName) || event.key !== " ") {
      keys(event);
    }
  });
  view.on("keydown", keys);
  contents.addEventListener("change", function () { view.display(contents.value); });
  view.on("relocated", function (place) {
    var options = contents.options;
    for (var i = 0; i < options.length; i += 1) {
      if (options[i].value.split("#")[0] === place.start.href) {
        contents.selectedIndex = i;
        break;
      }
    }
    document.documentElement.setAttribute("data-place", place.start.cfi);
  });

  book.loaded.navigation.then(function (navigation) {
    contents.textContent = "";
    list(navigation.toc, 0);
    contents.disabled = navigation.toc.length === 0;
  });
  book.on("openFailed", fail);
  view.display().then(function () {
    wait.parentNode.removeChild(wait);
    document.documentElement.setAttribute("data-ready", "yes");
  }, fail);
}());
