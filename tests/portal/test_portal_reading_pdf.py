"""PDF in a reader's browser: shown, searched, led by its contents, and under a policy of its own."""

from __future__ import annotations

import pytest
from portal_browser import open_page, requested, wait_until
from portal_servers import Site, ask
from reading_browser import PDF, left
from selenium import webdriver
from selenium.webdriver.common.by import By

pytestmark = pytest.mark.usefixtures("newcomer")


def test_a_pdf_without_fonts_shows_its_text_and_remembers_its_page(
    browser: webdriver.Chrome, shelf: Site
) -> None:
    open_page(browser, shelf, "/items/ebooks-001/gazetteer/read")
    wait_until(browser, f"{PDF} === 'ready'")
    layer = "(document.querySelector('.page[data-page-number=\"{}\"] .textLayer') || {{}}).textContent"
    first = layer.format(1)
    assert wait_until(browser, first) == "临江县志卷一" * 2
    drawn = (
        "var c = document.querySelector('.page canvas'), n = 0;"
        "var d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "for (var i = 0; i < d.length; i += 4) { n += d[i] < 128 ? 1 : 0; } return n;"
    )
    assert browser.execute_script(drawn) > 500
    browser.find_element(By.ID, "on").click()
    browser.find_element(By.ID, "on").click()
    wait_until(browser, "document.documentElement.getAttribute('data-page') === '3'")
    browser.refresh()
    wait_until(browser, f"{PDF} === 'ready'")
    assert wait_until(browser, "document.getElementById('page').value") == "3"
    assert wait_until(browser, layer.format(3)) == "山川形势" * 2
    assert left(browser, shelf) == []
    complaints = [entry["message"] for entry in browser.get_log("browser")]
    assert complaints == []


def test_a_pdf_is_searched_zoomed_and_led_by_its_contents(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/gazetteer/read")
    wait_until(browser, f"{PDF} === 'ready'")
    width = "document.querySelector('.page').offsetWidth"
    before = browser.execute_script(f"return {width}")
    browser.find_element(By.ID, "larger").click()
    wait_until(browser, f"{width} > {before}")
    wait_until(browser, "!document.getElementById('contents-tool').hidden")
    browser.find_element(By.ID, "contents-tool").click()
    entries = browser.find_elements(By.CSS_SELECTOR, "#contents button")
    assert [entry.text for entry in entries] == ["临江县志卷一", "建置沿革", "山川形势"]
    entries[1].click()
    wait_until(browser, "document.documentElement.getAttribute('data-page') === '2'")
    browser.find_element(By.CSS_SELECTOR, "[data-panel=panel-find]").click()
    browser.find_element(By.ID, "find-words").send_keys("形势\n")
    wait_until(browser, "document.documentElement.getAttribute('data-found') === '2'")
    wait_until(browser, "document.querySelectorAll('.textLayer .highlight').length >= 2")


def test_a_scanned_pdf_in_jpeg_2000_is_drawn(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/scan/read")
    pixel = (
        "(function () { var c = document.querySelector('.page canvas'); return c && c.width > 100 && "
        "Array.from(c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data).join(); }())"
    )
    wait_until(browser, f"{pixel} === '200,30,30,255'")
    asked = [address.rpartition("/")[2] for address in requested(browser)]
    assert not any("nowasm" in name for name in asked)


def test_the_worker_of_pdfs_has_their_policy_and_no_other_script_has(shelf: Site) -> None:
    worker = ask(shelf.port, "/static/vendor/pdfjs/pdf.worker.min.mjs", {"Accept-Encoding": "gzip"})
    assert "'wasm-unsafe-eval'" in worker.headers["content-security-policy"]
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["content-encoding"] == "gzip"
    for path in ("/static/js/reading.js", "/items/ebooks-001/sanguo/read", "/items/ebooks-001/long/read"):
        assert "wasm" not in ask(shelf.port, path).headers["content-security-policy"]


def test_a_pdf_that_cannot_be_shown_leaves_its_link(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/broken-pdf/read")
    wait_until(browser, f"{PDF} === 'failed'")
    link = browser.find_element(By.CSS_SELECTOR, "#failed a.main")
    seen = "var r = arguments[0].getBoundingClientRect(); return document.elementFromPoint(r.x + 9, r.y + 9)"
    assert browser.execute_script(seen, link) == link
    assert link.get_attribute("href").endswith("/content/ebooks-001/files/broken.pdf?v=1")
    plain = ask(shelf.port, "/items/ebooks-001/gazetteer/read").text
    assert '<div class="notice" id="failed" role="alert">' in plain
