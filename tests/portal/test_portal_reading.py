"""What all readers have in common: how the page looks is kept, panels, no fault by axe, every width."""

from __future__ import annotations

import pytest
from axe_rules import by_day_and_night, faults
from portal_browser import open_page, wait_until
from portal_servers import Site
from reading_browser import FRAME, PDF, READY, open_book
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.usefixtures("newcomer")


def test_size_paper_and_face_are_kept_for_all_readers(browser: webdriver.Chrome, shelf: Site) -> None:
    open_book(browser, shelf, "sanguo")
    size = f"parseFloat(getComputedStyle({FRAME}.querySelector('p')).fontSize)"
    before = browser.execute_script(f"return {size}")
    browser.find_element(By.CSS_SELECTOR, "[data-panel=panel-look]").click()
    for _ in range(3):
        browser.find_element(By.CSS_SELECTOR, "[data-step='10']").click()
    browser.find_element(By.CSS_SELECTOR, "[data-set-paper=night]").click()
    browser.find_element(By.CSS_SELECTOR, "[data-set-face=hei]").click()
    for _ in range(2):
        assert wait_until(browser, f"Math.abs({size} / {before} - 1.3) < 0.02")
        styles = browser.execute_script(
            f"var s = getComputedStyle({FRAME}.body), p = getComputedStyle({FRAME}.querySelector('p'));"
            "return [s.backgroundColor, p.color, p.fontFamily]"
        )
        assert styles[:2] == ["rgb(22, 25, 27)", "rgb(207, 200, 187)"]
        assert "Sans" in styles[2]
        browser.refresh()
        wait_until(browser, READY)
    open_page(browser, shelf, "/items/ebooks-001/long/read")
    shown = "getComputedStyle(document.body).backgroundColor"
    assert browser.execute_script(f"return {shown}") == "rgb(22, 25, 27)"
    assert browser.execute_script("return document.querySelector('.text').style.fontSize") == "130%"


def test_escape_closes_a_panel_and_goes_back_to_its_button(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/long/read")
    button = browser.find_element(By.CSS_SELECTOR, "[data-panel=panel-look]")
    button.send_keys(Keys.ENTER)
    panel = browser.find_element(By.ID, "panel-look")
    assert panel.is_displayed()
    assert browser.execute_script("return document.activeElement.getAttribute('data-step')") == "-10"
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not panel.is_displayed()
    assert browser.switch_to.active_element == button


def test_axe_finds_no_fault_in_readers_by_day_or_night(browser: webdriver.Chrome, shelf: Site) -> None:
    books = ("sanguo/read", "vertical/read", "gazetteer/read")
    paths = [f"/items/ebooks-001/{book}" for book in books]
    ready = f"{READY} || {PDF} === 'ready'"
    assert by_day_and_night(browser, shelf, paths, ready) == {}
    for panel in ("panel-look", "panel-contents", "panel-find"):
        open_page(browser, shelf, paths[0])
        wait_until(browser, READY)
        browser.find_element(By.CSS_SELECTOR, f"[data-panel={panel}]").click()
        assert faults(browser) == []
    others = [f"/items/ebooks-001/{name}" for name in ("sanguo/read?chapter=1", "long/read", "bomb/read")]
    web = [f"/items/government-information-001/notice{shown}" for shown in ("", "?as=original", "?as=both")]
    listed = "/collections/government-information?sort=year&creator=县财政局"
    assert by_day_and_night(browser, shelf, [*others, *web, listed]) == {}


@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_no_reader_is_wider_than_the_screen(browser: webdriver.Chrome, shelf: Site, width: int) -> None:
    metrics = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for path in (
            "ebooks-001/sanguo/read",
            "ebooks-001/sanguo/read?chapter=1",
            "ebooks-001/gazetteer/read",
            "ebooks-001/long/read",
            "ebooks-001/bomb/read",
            "government-information-001/notice",
            "government-information-001/notice?as=both",
            "../collections/government-information?creator=县财政局",
        ):
            open_page(browser, shelf, f"/items/{path}")
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width
            small = browser.execute_script(
                "var all = '.tool, .panel button, .turns a, .web-ways a, .books a';"
                "return Array.prototype.filter.call(document.querySelectorAll(all), function (e) {"
                "  var r = e.getBoundingClientRect(); return r.width && (r.width < 44 || r.height < 44);"
                "}).map(function (e) { return e.outerHTML; })"
            )
            assert small == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
