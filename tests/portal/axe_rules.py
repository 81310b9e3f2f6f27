"""What axe finds in a page that a browser has open: WCAG 2.2 AA, by day and by night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal_browser import open_page, wait_until
from portal_servers import Site
from selenium import webdriver

AXE = Path(__file__).parents[2] / ".cache/axe/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CONTRAST = ("color-contrast",)

# A colour that is half-way to another one is nobody's: what moves has to come to its end first.
_RUN = """
var done = arguments[1], options = {runOnly: arguments[0], resultTypes: ["violations"]};
Promise.all(document.getAnimations().map(function (one) { return one.finished.catch(function () {}); }))
  .then(function () { return axe.run(document, options); })
  .then(done, function (e) { done({violations: [{id: String(e), nodes: []}]}); });
"""


def faults(browser: webdriver.Chrome, only: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds in the page that is open, by these rules or all: a rule, and elements."""
    browser.execute_script(AXE.read_text())
    rules = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found: dict[str, Any] = browser.execute_async_script(_RUN, rules)
    return [
        f"{fault['id']}: {[node['html'][:160] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
    ]


@contextmanager
def scheme(browser: webdriver.Chrome, name: str) -> Iterator[None]:
    """Let the system be ``light`` or ``dark`` for a while."""
    media = {"features": [{"name": "prefers-color-scheme", "value": name}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def by_day_and_night(
    browser: webdriver.Chrome, site: Site, paths: Iterable[str], ready: str = "true"
) -> dict[str, list[str]]:
    """Return the faults of pages, all rules by day and the contrast by night; pages without any are left out.

    ``ready`` is the expression that is true once a page shows what it has.
    """
    found: dict[str, list[str]] = {}
    open_page(browser, site, "/static/mark.svg")
    browser.execute_script("localStorage.clear()")
    for name, rules in (("light", ()), ("dark", CONTRAST)):
        with scheme(browser, name):
            for path in paths:
                open_page(browser, site, path)
                wait_until(browser, ready)
                if said := faults(browser, rules):
                    found[f"{path} {name}"] = said
    return found
