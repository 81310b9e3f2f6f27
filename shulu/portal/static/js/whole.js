/* An element that fills the screen, or the window where the browser refuses that. */
window.shuluWhole = function (root, button, changed) {
  "use strict";

  function full() {
    return document.fullscreenElement || document.webkitFullscreenElement || document.mozFullScreenElement;
  }

  function isOn() {
    return root.className.indexOf(" whole") >= 0;
  }

  function set(on) {
    if (isOn() === on) {
      return;
    }
    root.className = on ? root.className + " whole" : root.className.replace(" whole", "");
    document.body.className = on ? document.body.className + " still" : document.body.className.replace(" still", "");
    button.setAttribute("aria-pressed", String(on));
    changed(on);
    var ask = on ? root.requestFullscreen || root.webkitRequestFullscreen || root.mozRequestFullScreen :
      document.exitFullscreen || document.webkitExitFullscreen || document.mozCancelFullScreen;
    if (ask && (on || full())) {
      var answer = ask.call(on ? root : document);
      if (answer && answer.catch) {
        answer.catch(function () {});
      }
    }
  }

  button.addEventListener("click", function () { set(!isOn()); });
  ["fullscreenchange", "webkitfullscreenchange", "mozfullscreenchange"].forEach(function (name) {
    document.addEventListener(name, function () {
      if (!full()) {
        set(false);
      }
    });
  });
  return set;
};
