/* Films and recitations: goes on where one stopped, speed, the next part, the words beside the voice. */
(function () {
  "use strict";
  var root = document.querySelector("[data-player]");
  var media = root && root.querySelector("video, audio");
  if (!media) {
    return;
  }
  var SPEED = "shulu-speed", FOLLOW = "shulu-follow", SKIP = 5;
  var key = root.getAttribute("data-player");
  var parts = [].slice.call(document.querySelectorAll("[data-part]"));
  var speeds = [].slice.call(root.querySelectorAll("[data-speed]"));
  var again = root.querySelector("[data-again]");
  var follows = root.querySelector("[data-follow]");
  var said = root.querySelector("[data-resumed]");
  var words = document.querySelector("[data-words]");
  var links = { prev: root.querySelector("a[data-step=prev]"), next: root.querySelector("a[data-step=next]") };
  var number = Number(root.getAttribute("data-number"));
  var length = Math.max(parts.length, 1);
  var saved = 0;

  function setting(name, value) {
    try {
      if (value === undefined) {
        return localStorage.getItem(name);
      }
      localStorage.setItem(name, value);
    } catch (error) { /* it holds for this page */ }
    return null;
  }

  function place() {
    return key + "#" + number;
  }

  function clock(value) {
    var whole = Math.floor(value), hours = Math.floor(whole / 3600), rest = whole % 60;
    var minutes = Math.floor(whole / 60) % 60;
    return (hours ? hours + ":" + (minutes < 10 ? "0" : "") : "") + minutes + ":" + (rest < 10 ? "0" : "") + rest;
  }

  /* A part that was heard to its end begins anew; a look at its first second changes nothing. */
  function keep() {
    var now = media.currentTime, end = media.duration;
    saved = now;
    if (now < 1) {
      return;
    }
    if (media.ended || now > end - Math.min(10, end * 0.05)) {
      window.shuluPlaces.forget(place());
    } else {
      window.shuluPlaces.remember(place(), now);
    }
    if (length > 1) {
      window.shuluPlaces.remember(key, number);
    }
  }

  function resume() {
    var found = window.shuluPlaces.recall(place());
    if (typeof found !== "number" || !(found < media.duration) || media.currentTime > 1) {
      return;
    }
    media.currentTime = found;
    said.querySelector("[data-place]").textContent = clock(found);
    said.hidden = false;
  }

  function speed(value) {
    media.defaultPlaybackRate = value;
    media.playbackRate = value;
    speeds.forEach(function (button) {
      button.setAttribute("aria-pressed", String(Number(button.getAttribute("data-speed")) === value));
    });
  }

  function play() {
    var answer = media.play();
    if (answer && answer.catch) {
      answer.catch(function () { media.focus(); });
    }
  }

  /* Put another part into the player in place, so that full screen and speed stay as they are. */
  function select(there, start) {
    var part = parts[there - 1], tracks = JSON.parse(part.getAttribute("data-tracks"));
    var mode = media.textTracks && media.textTracks.length ? media.textTracks[0].mode : "showing";
    number = there;
    said.hidden = true;
    [].slice.call(media.querySelectorAll("track")).forEach(function (track) { media.removeChild(track); });
    tracks.forEach(function (one, count) {
      var track = document.createElement("track");
      track.kind = "subtitles";
      track.srclang = one.language;
      track.label = one.label;
      track.src = one.address;
      media.appendChild(track);
      track.track.mode = count ? "disabled" : mode;
    });
    media.src = part.getAttribute("data-part");
    media.load();
    saved = 0;
    parts.forEach(function (other, count) {
      if (count === there - 1) {
        other.setAttribute("aria-current", "true");
      } else {
        other.removeAttribute("aria-current");
      }
    });
    window.shuluStep(links.prev, there - 1, length);
    window.shuluStep(links.next, there + 1, length);
    [].slice.call(document.querySelectorAll("[data-now]")).forEach(function (now) {
      now.textContent = part.getAttribute("data-label");
    });
    [].slice.call(document.querySelectorAll("[data-original]")).forEach(function (link) { link.href = media.src; });
    listen();
    if (start) {
      play();
    }
  }

  function go(there, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || there < 1 || there > length || length === 1) {
      return;
    }
    event.preventDefault();
    keep();
    window.history.pushState({ part: there }, "", "?n=" + there + "#view");
    select(there, true);
  }

  function ended() {
    keep();
    if (again && again.getAttribute("aria-pressed") === "true") {
      media.currentTime = 0;
      play();
    } else if (follows.getAttribute("aria-pressed") === "true") {
      if (number < length) {
        window.history.replaceState({ part: number + 1 }, "", "?n=" + (number + 1) + "#view");
        select(number + 1, true);
      } else if (links.next && links.next.getAttribute("data-elsewhere")) {
        location.href = links.next.getAttribute("data-elsewhere").replace(/#.*$/, "") + "#play";
      }
    }
  }

  /* The words of the part, a line for each cue; a line that is pressed is played. */
  function listen() {
    var track = media.querySelector("track");
    if (!words || !track || !track.track) {
      return;
    }
    track.track.mode = "hidden";
    if (track.readyState === 2) {
      lay(track);
    } else {
      track.addEventListener("load", function () { lay(track); });
    }
  }

  function lay(track) {
    if (track.parentNode !== media) {
      return;
    }
    var list = document.createElement("ol"), cues = [].slice.call(track.track.cues);
    list.className = "lines";
    var lines = cues.map(function (cue) {
      var line = document.createElement("button");
      line.type = "button";
      line.textContent = cue.text.replace(/<[^>]*>/g, "");
      line.addEventListener("click", function () {
        media.currentTime = cue.startTime;
        play();
      });
      list.appendChild(document.createElement("li")).appendChild(line);
      return line;
    });
    words.innerHTML = "";
    words.appendChild(list);
    track.track.addEventListener("cuechange", function () {
      cues.forEach(function (cue, count) {
        var spoken = [].slice.call(track.track.activeCues || []).indexOf(cue) >= 0;
        if (spoken) {
          lines[count].setAttribute("aria-current", "true");
          follow(list, lines[count]);
        } else {
          lines[count].removeAttribute("aria-current");
        }
      });
    });
  }

  /* Scroll the words, and never the page, so that the spoken line is seen. */
  function follow(list, line) {
    var box = line.getBoundingClientRect(), around = list.getBoundingClientRect();
    if (box.top < around.top || box.bottom > around.bottom) {
      list.scrollTop += box.top - around.top - around.height / 3;
    }
  }

  function toggle(button, work) {
    button.addEventListener("click", function () {
      var on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      if (work) {
        work(on);
      }
    });
  }

  /* Space and the arrows are the player's wherever they are nobody else's. */
  function keys(event) {
    var back = /^(Arrow)?Left$/.test(event.key), on = /^(Arrow)?Right$/.test(event.key);
    if (event.target !== document.body || event.altKey || event.ctrlKey || event.metaKey || !(back || on || event.key === " ")) {
      return;
    }
    event.preventDefault();
    if (back || on) {
      media.currentTime = Math.max(0, Math.min(media.duration || 0, media.currentTime + (on ? SKIP : -SKIP)));
    } else if (media.paused) {
      play();
    } else {
      media.pause();
    }
  }

  root.className += " live";
  speed(Number(setting(SPEED)) || 1);
  speeds.forEach(function (button) {
    button.addEventListener("click", function () {
      var value = Number(button.getAttribute("data-speed"));
      setting(SPEED, String(value));
      speed(value);
    });
  });
  follows.setAttribute("aria-pressed", String(setting(FOLLOW) !== "0"));
  toggle(follows, function (on) { setting(FOLLOW, on ? "1" : "0"); });
  if (again) {
    toggle(again);
  }
  said.querySelector("button").addEventListener("click", function () {
    said.hidden = true;
    media.currentTime = 0;
    play();
  });
  parts.forEach(function (part, count) {
    part.addEventListener("click", function (event) { go(count + 1, event); });
  });
  ["prev", "next"].forEach(function (name) {
    if (links[name]) {
      links[name].addEventListener("click", function (event) { go(number + (name === "next" ? 1 : -1), event); });
    }
  });
  document.addEventListener("keydown", keys);
  media.addEventListener("loadedmetadata", resume);
  media.addEventListener("timeupdate", function () {
    if (Math.abs(media.currentTime - saved) >= 2) {
      keep();
    }
  });
  media.addEventListener("pause", keep);
  media.addEventListener("ended", ended);
  window.addEventListener("pagehide", keep);
  window.addEventListener("popstate", function (event) {
    var there = event.state ? event.state.part : Number((/[?&]n=(\d+)/.exec(location.search) || [0, 1])[1]);
    if (there !== number && there >= 1 && there <= length && length > 1) {
      select(there, false);
    }
  });
  listen();
  var before = !/[?&]n=/.test(location.search) && length > 1 ? window.shuluPlaces.recall(key) : number;
  if (typeof before === "number" && before !== number && before >= 1 && before <= length) {
    select(before, false);
  } else if (media.readyState >= 1) {
    resume();
  }
  if (location.hash === "#play") {
    play();
  }
}());
