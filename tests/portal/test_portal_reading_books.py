"""E-books in EPUB in a reader's browser: opened, turned, remembered, and harmless."""

from __future__ import annotations

import pytest
from portal_browser import open_page, wait_until
from portal_servers import Site, ask
from reading_browser import FRAME, PLACE, READY, SHARE, SHOWN, Outside, left, open_book, text, turn
from reading_content import LINE, ROOMS, SECRET, VERTICAL_LINE
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.usefixtures("newcomer")


def test_a_book_is_read_and_its_page_remembered(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/sanguo")
    browser.find_element(By.PARTIAL_LINK_TEXT, "在线阅读").click()
    wait_until(browser, READY)
    assert LINE in text(browser)
    heading = f"getComputedStyle({FRAME}.querySelector('h1')).color"
    assert browser.execute_script(f"return {heading}") == "rgb(1, 2, 3)"
    for _ in range(3):
        turn(browser)
    place, share = browser.execute_script(f"return [{PLACE}, {SHARE}]")
    assert share > 0
    browser.refresh()
    wait_until(browser, READY)
    assert wait_until(browser, PLACE) == place
    assert wait_until(browser, SHARE) == share
    open_page(browser, shelf, "/items/ebooks-001/sanguo")
    assert f"继续阅读 {share}%" in browser.find_element(By.CSS_SELECTOR, ".books .main").text
    assert left(browser, shelf) == []


def test_the_contents_lead_to_chapters_and_keys_turn_pages(browser: webdriver.Chrome, shelf: Site) -> None:
    open_book(browser, shelf, "sanguo")
    browser.find_element(By.CSS_SELECTOR, "[data-panel=panel-contents]").click()
    entries = browser.find_elements(By.CSS_SELECTOR, "#contents button")
    assert [entry.text for entry in entries] == ROOMS
    entries[2].click()
    wait_until(browser, f"{SHOWN}.indexOf({ROOMS[2]!r}) === 0")
    assert 35 <= wait_until(browser, SHARE) <= 45
    assert browser.find_element(By.ID, "panel-contents").get_attribute("hidden")
    before = browser.execute_script(f"return {PLACE}")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    wait_until(browser, f"{PLACE} !== {before!r}")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    wait_until(browser, f"{PLACE} === {before!r}")


def test_a_click_in_the_margin_and_a_stroke_turn_pages(browser: webdriver.Chrome, shelf: Site) -> None:
    open_book(browser, shelf, "sanguo")
    first = browser.execute_script(f"return {PLACE}")
    area = browser.find_element(By.ID, "book").rect
    point = {"x": area["x"] + area["width"] * 0.9, "y": area["y"] + area["height"] * 0.5, "button": "left"}
    for kind in ("mousePressed", "mouseReleased"):
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "clickCount": 1, **point})
    wait_until(browser, f"{PLACE} !== {first!r}")
    second = browser.execute_script(f"return {PLACE}")
    start, end = area["x"] + area["width"] * 0.7, area["x"] + area["width"] * 0.4
    for kind, points in (
        ("touchStart", [{"x": start, "y": point["y"]}]),
        ("touchMove", [{"x": end, "y": point["y"]}]),
        ("touchEnd", []),
    ):
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wait_until(browser, f"{PLACE} !== {second!r} && {PLACE} !== {first!r}")


def test_words_are_found_in_a_book(browser: webdriver.Chrome, shelf: Site) -> None:
    open_book(browser, shelf, "sanguo")
    browser.find_element(By.CSS_SELECTOR, "[data-panel=panel-find]").click()
    browser.find_element(By.ID, "find-words").send_keys(SECRET + "\n")
    wait_until(browser, "document.documentElement.getAttribute('data-searched')")
    assert browser.find_element(By.ID, "found").text == "找到 1 处"
    browser.find_element(By.CSS_SELECTOR, "#hits button").click()
    wait_until(browser, f"{SHOWN}.indexOf({SECRET!r}) > 0")
    assert wait_until(browser, SHARE) >= 60


def test_a_book_set_downwards_is_read_from_right_to_left(browser: webdriver.Chrome, shelf: Site) -> None:
    open_book(browser, shelf, "vertical")
    assert VERTICAL_LINE in text(browser)
    mode = f"getComputedStyle({FRAME}.body).writingMode"
    assert browser.execute_script(f"return {mode}") == "vertical-rl"
    boxes = browser.execute_script(
        f"return Array.prototype.slice.call({FRAME}.querySelectorAll('p'), 0, 3).map(function (p) {{"
        "  var r = p.getBoundingClientRect(); return [r.left, r.width, r.height]; })"
    )
    assert boxes[0][0] > boxes[1][0] > boxes[2][0]
    assert all(height > 3 * width for _, width, height in boxes)
    back, on = (browser.find_element(By.ID, name).rect["x"] for name in ("back", "on"))
    assert on < back
    first = browser.execute_script(f"return {PLACE}")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    wait_until(browser, f"{PLACE} !== {first!r} && {SHARE} > 0")
    second = browser.execute_script(f"return {PLACE}")
    browser.refresh()
    wait_until(browser, READY)
    assert wait_until(browser, PLACE) == second


def test_a_hostile_book_shows_its_text_and_does_nothing(
    browser: webdriver.Chrome, shelf: Site, outside: Outside
) -> None:
    browser.get(f"{outside.address}/could-be-asked")
    assert "/could-be-asked" in outside.asked
    outside.asked.clear()
    open_book(browser, shelf, "hostile")
    assert "正文还在。" in text(browser)
    browser.execute_script(f"{FRAME}.querySelector('p').click()")
    browser.execute_script(f"{FRAME}.querySelector('#trap').click()")
    browser.execute_script(f"{FRAME}.querySelector('button').click()")
    wait_until(browser, "performance.now() > 1500")
    assert browser.title.startswith("书 hostile")
    open_page(browser, shelf, "/items/ebooks-001/hostile/read?chapter=1")
    assert "正文还在。" in browser.find_element(By.TAG_NAME, "article").text
    assert not browser.find_elements(
        By.CSS_SELECTOR, "article :is(script, img, iframe, form, a, svg, object)"
    )
    assert outside.asked == []


@pytest.mark.parametrize(
    ("name", "words"), [("bomb", "过大"), ("liar", "过大"), ("locked", "加了密"), ("broken", "损坏")]
)
def test_what_cannot_be_read_is_told_and_can_be_downloaded(shelf: Site, name: str, words: str) -> None:
    for more in ("", "?chapter=1"):
        answer = ask(shelf.port, f"/items/ebooks-001/{name}/read{more}")
        assert answer.status == 200
        assert words in answer.text
        assert f'href="/content/ebooks-001/files/{name}.epub?v=1" download' in answer.text
        assert "epub.legacy" not in answer.text
        assert "data-panel" not in answer.text


def test_a_book_is_read_by_chapters_without_scripts(shelf: Site) -> None:
    answer = ask(shelf.port, "/items/ebooks-001/sanguo/read?chapter=2")
    assert f"<h2>{ROOMS[1]}</h2>" in answer.text
    assert answer.text.count(LINE) == 40
    assert 'rel="next" href="/items/ebooks-001/sanguo/read?n=1&amp;chapter=3"' in answer.text
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert ROOMS[4] in ask(shelf.port, "/items/ebooks-001/sanguo/read?chapter=99").text
