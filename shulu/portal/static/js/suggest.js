/* Titles that go on as the search does, while it is typed: a combobox as WAI-ARIA 1.2 describes it. ES5. */
(function () {
  "use strict";
  var input = document.querySelector("input[data-suggest]");
  if (!input || !window.XMLHttpRequest || !window.JSON) {
    return;
  }
  var list = document.createElement("ul");
  var chosen = -1;
  var typed = "";
  var asked = null;
  var timer = 0;
  var composing = false;

  list.className = "suggestions";
  list.id = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "\u68c0\u7d22\u5efa\u8bae");
  input.parentNode.appendChild(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("autocomplete", "off");

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    var options = list.children;
    var count = options.length;
    if (chosen >= 0) {
      options[chosen].setAttribute("aria-selected", "false");
    }
    /* Beyond either end stands what was typed. */
    chosen = place < -1 ? count - 1 : place >= count ? -1 : place;
    if (chosen < 0) {
      input.removeAttribute("aria-activedescendant");
      input.value = typed;
      return;
    }
    options[chosen].setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", options[chosen].id);
    input.value = options[chosen].textContent;
  }

  function show(titles) {
    var place;
    list.textContent = "";
    chosen = -1;
    for (place = 0; place < titles.length; place += 1) {
      var option = document.createElement("li");
      option.id = "suggestion-" + place;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = titles[place];
      list.appendChild(option);
    }
    if (titles.length === 0) {
      close();
      return;
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
  }

  function ask() {
    var wanted = input.value.replace(/^\s+|\s+$/g, "");
    if (asked) {
      asked.onload = null;
      asked.abort();
      asked = null;
    }
    if (!wanted) {
      close();
      return;
    }
    asked = new XMLHttpRequest();
    asked.open("GET", input.getAttribute("data-suggest") + "?q=" + encodeURIComponent(wanted));
    asked.onload = function () {
      if (this.status === 200 && document.activeElement === input) {
        typed = input.value;
        show(JSON.parse(this.responseText).suggestions);
      }
    };
    asked.send();
  }

  input.addEventListener("compositionstart", function () { composing = true; });
  input.addEventListener("compositionend", function () {
    composing = false;
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 120);
  });
  input.addEventListener("input", function () {
    window.clearTimeout(timer);
    if (!composing) {
      timer = window.setTimeout(ask, 120);
    }
  });
  input.addEventListener("keydown", function (event) {
    var key = event.key;
    if (composing || list.hidden) {
      return;
    }
    if (key === "ArrowDown" || key === "Down") {
      choose(chosen + 1);
    } else if (key === "ArrowUp" || key === "Up") {
      choose(chosen - 1);
    } else if (key === "Escape" || key === "Esc") {
      input.value = typed;
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", function (event) {
    var option = event.target;
    event.preventDefault();
    if (option.getAttribute("role") === "option") {
      input.value = option.textContent;
      close();
      input.form.submit();
    }
  });
}());
