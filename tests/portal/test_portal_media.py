"""Journals and pictures in a reader's browser: what it shows of them, and every medium without scripts."""

from __future__ import annotations

import pytest
from portal_browser import open_page, screen, wait_until
from portal_content import colour
from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ISSUE = "/items/journals-001/issue-1"
OLD_PAPER = "/items/journals-001/old-paper"
FIRST_OF = {"issue-1": 0, "issue-2": 5, "old-paper": 17}
"""The place of an issue's first page among the files of its collection."""
FILM = "/items/documentaries-001/canal"
POEMS = "/items/wenjin-recitation-001/jing-ye-si"
ALBUM = "/items/old-photographs-001/album"
CANVAS = "document.querySelector('.stage canvas')"

pytestmark = pytest.mark.usefixtures("forgetful")


def press(browser: webdriver.Chrome, tool: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"[data-tool={tool}]").click()


def shows(browser: webdriver.Chrome, pages: str) -> None:
    """Wait until the viewer shows these pages, ``2-3``."""
    wait_until(browser, f"document.querySelector('[data-shown=\"{pages}\"]')")


def pixel(browser: webdriver.Chrome, across: float, down: float = 0.5) -> tuple[int, ...]:
    """Return the colour that the viewer's canvas has at a place, in parts of its width and height."""
    script = (
        f"var c = {CANVAS}; return !c ? [] : [].slice.call(c.getContext('2d').getImageData("
        f"Math.round(c.width * {across}), Math.round(c.height * {down}), 1, 1).data, 0, 3)"
    )
    return tuple(browser.execute_script(script))


def sees(browser: webdriver.Chrome, wanted: tuple[int, int, int], across: float, down: float = 0.5) -> None:
    """Wait until the viewer's canvas has a colour at a place."""
    WebDriverWait(browser, 20, 0.1).until(lambda driver: pixel(driver, across, down) == wanted)


def test_the_viewer_shows_the_page_itself_and_turns(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, ISSUE)
    shows(browser, "1")
    sees(browser, colour(0), 0.5)
    browser.find_element(By.CSS_SELECTOR, "a[data-step=next]").click()
    shows(browser, "2")
    sees(browser, colour(1), 0.5)
    assert browser.execute_script("return location.search") == "?n=2"
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    shows(browser, "3")
    sees(browser, colour(2), 0.5)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    shows(browser, "2")
    field = browser.find_element(By.NAME, "n")
    field.clear()
    field.send_keys("5\n")
    shows(browser, "5")
    sees(browser, colour(4), 0.5)
    assert browser.find_element(By.CSS_SELECTOR, "a[data-step=next]").get_attribute("href") is None
    assert "第 5 页，共 5 页" in browser.page_source


def test_zoom_enlarges_what_is_seen(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, ISSUE)
    shows(browser, "1")
    sees(browser, colour(0), 0.5)
    beside = pixel(browser, 0.06)
    assert beside != colour(0)
    assert not browser.find_element(By.CSS_SELECTOR, "[data-tool=fit]").is_enabled()
    for _ in range(4):
        press(browser, "larger")
    wait_until(browser, "Number(document.querySelector('[data-viewer]').getAttribute('data-zoom')) > 4")
    sees(browser, colour(0), 0.06)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    shows(browser, "2")
    assert float(browser.find_element(By.CSS_SELECTOR, "[data-viewer]").get_attribute("data-zoom")) > 4
    sees(browser, colour(1), 0.5)
    press(browser, "fit")
    wait_until(browser, "document.querySelector('[data-viewer]').getAttribute('data-zoom') === '1.00'")


def test_facing_pages_leave_the_cover_alone(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, ISSUE)
    shows(browser, "1")
    press(browser, "facing")
    open_page(browser, site, ISSUE + "?n=1")
    shows(browser, "1")
    sees(browser, colour(0), 0.5)
    assert browser.find_element(By.CSS_SELECTOR, "[data-tool=facing]").get_attribute("aria-pressed") == "true"
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    shows(browser, "2-3")
    sees(browser, colour(1), 0.4)
    sees(browser, colour(2), 0.6)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    shows(browser, "4-5")
    marked = browser.find_elements(By.CSS_SELECTOR, ".thumbs [aria-current]")
    assert [thumb.get_property("textContent").strip() for thumb in marked] == ["第 4 页", "第 5 页"]
    open_page(browser, site, ISSUE + "?n=3")
    shows(browser, "2-3")


def test_pages_from_right_to_left(browser: webdriver.Chrome, site: Site) -> None:
    first = FIRST_OF["old-paper"]
    open_page(browser, site, OLD_PAPER)
    shows(browser, "1")
    press(browser, "facing")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    shows(browser, "2-3")
    sees(browser, colour(first + 1), 0.6)
    sees(browser, colour(first + 2), 0.4)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    shows(browser, "1")
    left = "document.querySelector('{}').getBoundingClientRect().left"
    assert browser.execute_script(
        f"return {left.format('a[data-step=next]')} < {left.format('a[data-step=prev]')}"
    )
    assert browser.execute_script(
        f"return {left.format('.thumbs li:nth-child(2)')} < {left.format('.thumbs li:first-child')}"
    )


def test_thumbnails_come_when_they_are_seen(browser: webdriver.Chrome, site: Site) -> None:
    loaded = (
        "[].slice.call(document.querySelectorAll('.thumb img')).map(function (i) { return i.naturalWidth; })"
    )
    with screen(browser, 360, 740):
        open_page(browser, site, "/items/journals-001/issue-2")
        shows(browser, "1")
        browser.execute_script("document.querySelector('.thumbs').scrollIntoView()")
        wait_until(browser, f"/^(700,){{3,5}}700$/.test({loaded}.join())")
        assert browser.execute_script(f"return {loaded}.length") < 7
        browser.execute_script("document.querySelector('.thumbs').scrollLeft = 5000")
        last = "(document.querySelector('.thumbs li:last-child img') || {}).naturalWidth"
        wait_until(browser, f"{last} === 700")
        browser.find_elements(By.CSS_SELECTOR, ".thumbs a")[10].click()
        shows(browser, "11")
        sees(browser, colour(FIRST_OF["issue-2"] + 10), 0.5)


def test_an_issue_opens_where_it_was_left_and_leads_to_the_next(
    browser: webdriver.Chrome, site: Site
) -> None:
    open_page(browser, site, ISSUE + "?n=4")
    shows(browser, "4")
    open_page(browser, site, ISSUE)
    shows(browser, "4")
    said = browser.find_element(By.CSS_SELECTOR, "[data-resumed]")
    assert "已翻到上次看到的第 4 页" in said.text
    said.find_element(By.TAG_NAME, "button").click()
    shows(browser, "1")
    open_page(browser, site, ISSUE + "?n=2")
    shows(browser, "2")
    browser.find_element(By.CSS_SELECTOR, ".neighbours a[rel=next]").click()
    wait_until(browser, "location.pathname === '/items/journals-001/issue-2'")
    shows(browser, "1")
    sees(browser, colour(FIRST_OF["issue-2"]), 0.5)
    assert [
        link.get_attribute("rel") for link in browser.find_elements(By.CSS_SELECTOR, ".neighbours a")
    ] == ["prev"]


def test_the_viewer_fills_the_window_and_a_finger_turns_the_page(
    browser: webdriver.Chrome, site: Site
) -> None:
    with screen(browser, 360, 740):
        open_page(browser, site, ISSUE)
        shows(browser, "1")
        press(browser, "whole")
        box = "document.querySelector('[data-viewer]').getBoundingClientRect()"
        wait_until(browser, f"{box}.top === 0 && {box}.height >= 700")
        wait_until(browser, f"{CANVAS}.getBoundingClientRect().height > 500")
        middle = browser.execute_script(f"return {CANVAS}.getBoundingClientRect().top + 200")
        for kind, across in (("Start", 280), ("Move", 200), ("Move", 120), ("End", None)):
            points = [] if across is None else [{"x": across, "y": middle}]
            browser.execute_cdp_cmd(
                "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
            )
        shows(browser, "2")
        sees(browser, colour(1), 0.5)
        press(browser, "whole")
        wait_until(browser, f"{box}.height < 700 || {box}.top !== 0")


def test_a_page_that_cannot_be_shown_leaves_links(browser: webdriver.Chrome, site: Site) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/files/1/002.png*"]})
    try:
        open_page(browser, site, ISSUE)
        shows(browser, "1")
        browser.find_element(By.CSS_SELECTOR, "a[data-step=next]").click()
        wait_until(browser, "document.querySelector('[data-failed] .stage img')")
        browser.find_element(By.CSS_SELECTOR, ".thumbs li:nth-child(3) a").click()
        wait_until(browser, "location.search === '?n=3'")
        shows(browser, "3")
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def test_a_gallery_is_looked_through(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/collections/old-photographs")
    browser.find_element(By.PARTIAL_LINK_TEXT, "前门大街 其2").click()
    shows(browser, "1")
    sees(browser, colour(1), 0.5)
    press(browser, "larger")
    wait_until(browser, "Number(document.querySelector('[data-viewer]').getAttribute('data-zoom')) > 1.4")
    caption = browser.find_element(By.TAG_NAME, "figcaption").text
    assert "前门大街 其2" in caption
    assert "1935" in caption
    press(browser, "fit")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    wait_until(browser, "location.pathname === '/items/old-photographs-001/photo-3'")
    sees(browser, colour(2), 0.5)
    browser.find_element(By.CSS_SELECTOR, "a[data-step=prev]").click()
    wait_until(browser, "location.pathname === '/items/old-photographs-001/photo-2'")
    open_page(browser, site, ALBUM)
    shows(browser, "1")
    browser.find_elements(By.CSS_SELECTOR, ".thumbs a")[2].click()
    shows(browser, "3")
    sees(browser, colour(8), 0.5)
    browser.find_elements(By.CSS_SELECTOR, ".thumbs a")[3].click()
    shows(browser, "4")
    # A drawing without a ground stands on white paper.
    sees(browser, (255, 255, 255), 0.5)


def test_every_medium_is_there_without_scripts(browser: webdriver.Chrome, site: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_page(browser, site, ISSUE + "?n=2")
        image = browser.find_element(By.CSS_SELECTOR, ".stage img")
        assert image.size["width"] == 700
        browser.find_element(By.CSS_SELECTOR, ".thumbs li:nth-child(4) a").click()
        assert "004.png" in browser.find_element(By.CSS_SELECTOR, ".stage img").get_attribute("src")
        assert not browser.find_element(By.CSS_SELECTOR, "[data-tool=larger]").is_displayed()
        open_page(browser, site, FILM)
        browser.find_element(By.PARTIAL_LINK_TEXT, "中段").click()
        assert "02%20" in browser.find_element(By.TAG_NAME, "video").get_attribute("src")
        open_page(browser, site, POEMS)
        assert browser.find_element(By.CSS_SELECTOR, "[data-words]").text == "床前明月光"
        assert browser.find_element(By.TAG_NAME, "audio").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_media_fit_the_screen_with_large_targets(browser: webdriver.Chrome, site: Site, width: int) -> None:
    small = (
        "return [].slice.call(document.querySelectorAll('#view a, #view button, #view input')).filter("
        "function (e) { var b = e.getBoundingClientRect();"
        " return b.width && Math.min(b.width, b.height) < 44; }).map(function (e) { return e.outerHTML; })"
    )
    with screen(browser, width):
        for path in (ISSUE, OLD_PAPER, ALBUM, FILM, POEMS):
            open_page(browser, site, path)
            wait_until(browser, "document.querySelector('.live')")
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width
            assert browser.execute_script(small) == []
