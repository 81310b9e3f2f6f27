/* Shows an EPUB page by page: remembers the page, contents, search, across or down as the book is set. ES5. */
(function () {
  "use strict";
  var root = document.documentElement, reading = window.shuluReading, places = window.shuluPlaces;
  var holder = document.getElementById("book"), wait = document.getElementById("wait");
  var contents = document.getElementById("contents"), where = document.getElementById("where");
  var bar = document.getElementById("share"), hits = document.getElementById("hits");
  var key = holder.getAttribute("data-key");
  var lengths = JSON.parse(holder.getAttribute("data-lengths"));
  var rightToLeft = holder.getAttribute("data-direction") === "rtl";
  var PAPERS = {
    day: { ground: "#fffdf8", ink: "#26231e", link: "#17597a" },
    sepia: { ground: "#f5ecd7", ink: "#3d3021", link: "#7a3d12" },
    night: { ground: "#16191b", ink: "#cfc8bb", link: "#8ec5e0" }
  };
  var SONG = "'Noto Serif CJK SC','Noto Serif SC','Source Han Serif SC','Songti SC',STSong,SimSun,serif";
  var HEI = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif";
  var MOST_HITS = 100;
  var here = null, looking = 0, book, view;

  function fail() {
    document.getElementById("failed").hidden = false;
    wait.hidden = true;
    holder.setAttribute("aria-busy", "false");
  }

  if (typeof window.ePub !== "function" || !window.JSZip) {
    fail();
    return;
  }

  /* The address carries a version after the file's name, so that its ending does not tell what it is. */
  book = window.ePub(holder.getAttribute("data-address"), { openAs: "epub" });
  view = book.renderTo(holder, { width: "100%", height: "100%", flow: "paginated", minSpreadWidth: 1100 });

  function dress(page) {
    var style = page.document.getElementById("shulu-look");
    var paper = PAPERS[reading.chosen.paper], face = reading.chosen.face;
    var rules = [
      "html{font-size:" + reading.chosen.size * 1.12 + "% !important;font-family:" + SONG + ";line-height:1.8}",
      "body{font-size:1rem !important;color:" + paper.ink + ";background:" + paper.ground + " !important}",
      "img,svg{max-width:100%}"
    ];
    if (reading.chosen.paper !== "day") {
      rules.push("body *{color:inherit !important;background-color:transparent !important}");
      rules.push("body a,body a *{color:" + paper.link + " !important}");
    }
    if (face !== "book") {
      rules.push("body,body *{font-family:" + (face === "song" ? SONG : HEI) + " !important}");
    }
    if (!style) {
      style = page.document.createElement("style");
      style.id = "shulu-look";
      page.document.head.appendChild(style);
    }
    style.textContent = rules.join("\n");
  }

  view.hooks.content.register(dress);
  view.hooks.content.register(function (page) {
    page.document.defaultView.frameElement.setAttribute("title", document.title);
  });
  reading.listen(function () {
    view.getContents().forEach(dress);
    if (here) {
      view.display(here);
    }
  });

  function share(place) {
    var whole = 0, before = 0, within = place.start.displayed;
    if (lengths.length !== book.spine.length) {
      return (place.start.index + (within.page - 1) / within.total) / book.spine.length;
    }
    lengths.forEach(function (length, number) {
      whole += length;
      before += number < place.start.index ? length : 0;
    });
    return whole ? (before + lengths[place.start.index] * (within.page - 1) / within.total) / whole : 0;
  }

  function turn(back) {
    return back ? view.prev() : view.next();
  }

  function keys(event) {
    var key = event.key, back;
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (key === "ArrowLeft" || key === "Left") {
      back = !rightToLeft;
    } else if (key === "ArrowRight" || key === "Right") {
      back = rightToLeft;
    } else if (key === "PageUp" || key === "ArrowUp" || key === "Up") {
      back = true;
    } else if (key === "PageDown" || key === "ArrowDown" || key === "Down" || key === " ") {
      back = Boolean(event.shiftKey);
    } else {
      return;
    }
    event.preventDefault();
    turn(back);
  }

  /* A touch or a click in the outer quarters turns the page, and so does a stroke across it. */
  function touching(event) {
    var page = event.target.ownerDocument, frame = page.defaultView.frameElement;
    var area = holder.getBoundingClientRect(), at;
    if (event.target.closest && event.target.closest("a[href]") || String(page.defaultView.getSelection())) {
      return;
    }
    at = (frame.getBoundingClientRect().left + event.clientX - area.left) / area.width;
    if (at < 0.25 || at > 0.75) {
      turn((at < 0.25) !== rightToLeft);
    }
  }

  function swiping() {
    var began = null;
    view.on("touchstart", function (event) {
      began = event.touches.length === 1 ? event.touches[0] : null;
    });
    view.on("touchend", function (event) {
      var ended = event.changedTouches[0], across, down;
      if (!began) {
        return;
      }
      across = ended.screenX - began.screenX;
      down = ended.screenY - began.screenY;
      began = null;
      if (Math.abs(across) > 48 && Math.abs(across) > 2 * Math.abs(down)) {
        turn((across > 0) !== rightToLeft);
      }
    });
  }

  function entry(list, text, act) {
    var item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", function () {
      reading.closePanels();
      act();
    });
    item.appendChild(button);
    list.appendChild(item);
    return button;
  }

  function listed(chapters, depth) {
    chapters.forEach(function (chapter) {
      var button = entry(contents, chapter.label.replace(/\s+/g, " "), function () { view.display(chapter.href); });
      button.className = "depth-" + Math.min(depth, 3);
      button.setAttribute("data-href", chapter.href.split("#")[0]);
      listed(chapter.subitems || [], depth + 1);
    });
  }

  function found(section, query) {
    section.find(query).forEach(function (hit) {
      if (hits.children.length < MOST_HITS) {
        entry(hits, hit.excerpt.replace(/\s+/g, " "), function () { view.display(hit.cfi); });
      }
    });
  }

  /* Chapters are looked through one after the other, each unpacked and let go: an old PC holds one at a time. */
  function look(query, number, mine) {
    var section = book.spine.get(number), told = document.getElementById("found");
    if (mine !== looking) {
      return;
    }
    if (!section || hits.children.length >= MOST_HITS) {
      told.textContent = hits.children.length ? "找到 " + hits.children.length + (section ? " 处以上" : " 处") : "没有找到";
      root.setAttribute("data-searched", query);
      return;
    }
    told.textContent = "正在查找…… " + Math.round(100 * number / book.spine.length) + "%";
    section.load(book.load.bind(book)).then(function () {
      found(section, query);
      section.unload();
    }).catch(function () { /* a chapter that cannot be read is passed over */ }).then(function () {
      look(query, number + 1, mine);
    });
  }

  document.getElementById("find").addEventListener("submit", function (event) {
    var query = document.getElementById("find-words").value.trim();
    event.preventDefault();
    hits.textContent = "";
    looking += 1;
    if (query) {
      look(query, 0, looking);
    }
  });
  document.getElementById("back").addEventListener("click", function () { turn(true); });
  document.getElementById("on").addEventListener("click", function () { turn(false); });
  document.addEventListener("keydown", function (event) {
    var tag = event.target.tagName;
    if (tag === "INPUT" || (event.key === " " && /^(BUTTON|A|SUMMARY)$/.test(tag))) {
      return;
    }
    keys(event);
  });
  view.on("keydown", keys);
  view.on("click", touching);
  swiping();

  view.on("relocated", function (place) {
    var part = place.atEnd ? 1 : share(place), name = "";
    here = place.start.cfi;
    Array.prototype.forEach.call(contents.querySelectorAll("button"), function (button) {
      if (button.getAttribute("data-href") === place.start.href) {
        name = name || button.textContent;
        button.setAttribute("aria-current", "true");
      } else {
        button.removeAttribute("aria-current");
      }
    });
    where.textContent = (name ? name + " · " : "") + Math.round(part * 100) + "%";
    bar.style.width = part * 100 + "%";
    places.remember(key, { at: here, share: part });
    root.setAttribute("data-place", here);
    root.setAttribute("data-share", String(Math.round(part * 100)));
  });

  book.loaded.navigation.then(function (navigation) {
    contents.textContent = "";
    listed(navigation.toc, 0);
  });
  book.on("openFailed", fail);

  function ready() {
    wait.hidden = true;
    holder.setAttribute("aria-busy", "false");
    root.setAttribute("data-ready", "yes");
  }

  function begin() {
    var place = places.recall(key);
    if (!place || !place.at) {
      return view.display();
    }
    return view.display(place.at).catch(function () {
      places.forget(key);
      return view.display();
    });
  }

  begin().then(ready, fail);
}());
