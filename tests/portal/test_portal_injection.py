"""A hostile release in a browser whose policy is switched off: only what the pages do themselves counts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from hostile_walk import Walker
from portal_browser import open_page, requested, wait_until
from portal_servers import Site
from selenium import webdriver

from shulu.portal.app import create_app

INJECTED = """
  var book = "iframe[sandbox][srcdoc]:not([sandbox*=scripts])";
  return [].filter.call(document.querySelectorAll("*"), function (element) {
    if (element.matches(book)) { return false; }
    return element.localName === "zqtag" || [].some.call(element.attributes, function (attribute) {
      return /^(on|zq|srcdoc)/i.test(attribute.name)
        || /^(href|src|action|data|poster)$/i.test(attribute.name)
        && /^\\s*(javascript|data):/i.test(attribute.value);
    });
  }).map(function (element) { return element.outerHTML.slice(0, 200); });
"""


@pytest.fixture
def unguarded(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Let the browser run whatever stands in a page, whatever its policy says."""
    browser.execute_cdp_cmd("Page.enable", {})
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    requested(browser)
    yield browser
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    browser.get("about:blank")


@pytest.fixture(scope="module")
def addresses(site_of_walk: Walker) -> list[str]:
    """Return an address of every kind of page: of each endpoint, item, and set of parameters one."""
    found: dict[tuple[object, ...], str] = {}
    for endpoint, good in site_of_walk.known.good.items():
        for address in good:
            parted = urlsplit(address)
            names = tuple(sorted(name for name, _ in parse_qsl(parted.query)))
            by_item = endpoint in {"items.item", "reading.read"} and "short" not in parted.path
            found.setdefault((endpoint, parted.path if by_item else "", names), address)
    return sorted(found.values())


@pytest.fixture(scope="module")
def site_of_walk(hostile_site: Site) -> Walker:
    walker = Walker(create_app(str(hostile_site.store), str(hostile_site.store.parent / "topics")))
    assert walker.crawl() == []
    return walker


def test_no_page_of_a_hostile_release_runs_or_asks_outside(
    unguarded: webdriver.Chrome, hostile_site: Site, addresses: list[str]
) -> None:
    assert len(addresses) > 25
    for address in addresses:
        open_page(unguarded, hostile_site, address)
        wait_until(unguarded, "document.readyState === 'complete'")
        assert unguarded.execute_script(INJECTED) == [], address
        assert not unguarded.execute_script("return top.zq"), address
    outside = [
        one for one in requested(unguarded) if not one.startswith(f"http://127.0.0.1:{hostile_site.port}/")
    ]
    assert [one for one in outside if not one.startswith(("data:", "blob:", "about:"))] == []


def test_no_suggestion_or_query_is_more_than_text(unguarded: webdriver.Chrome, hostile_site: Site) -> None:
    open_page(unguarded, hostile_site, "/")
    unguarded.find_element("id", "q").send_keys("zq")
    wait_until(unguarded, "document.querySelectorAll('#suggestions [role=option]').length")
    assert unguarded.execute_script(INJECTED) == []
    assert "<zqtag" in unguarded.find_element("id", "suggestions").text
    assert not unguarded.execute_script("return top.zq")


def test_no_book_names_a_chapter_that_runs(unguarded: webdriver.Chrome, hostile_site: Site) -> None:
    open_page(unguarded, hostile_site, "/items/ebooks-001/evil/read?n=1")
    wait_until(unguarded, "document.querySelector('iframe')")
    wait_until(unguarded, "document.body.innerHTML.indexOf('&lt;zqtag') > 0")
    chapters = unguarded.find_elements("css selector", "#contents button")
    assert len(chapters) > 1
    for chapter in chapters:
        unguarded.execute_script("arguments[0].click()", chapter)
    assert unguarded.execute_script(INJECTED) == []
    assert not unguarded.execute_script("return top.zq")
