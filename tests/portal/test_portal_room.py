"""The pages with a browser: accessible by axe's rules, by day and night, by keys, and without scripts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_rules import by_day_and_night, faults
from portal_browser import chromium, open_page, screen, wait_until
from portal_servers import Site
from room_content import CODE
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SHELL = (
    "/",
    "/collections/ebooks",
    "/collections/ebooks?sort=title&view=list",
    "/collections/old-photographs?view=list",
    "/collections/journals?sort=newest",
    "/collections/documentaries",
    "/collections/wenjin-recitation",
    "/collections/government-information",
    "/search",
    "/search?q=诗",
    "/search?q=诗&in=ebooks",
    "/search?q=龙&medium=video",
    "/topics",
    "/topics/sanguo",
    "/children",
    "/librarian",
    "/about",
    "/nothing",
)
ITEMS = (
    "/items/ebooks-001/sanguo",
    "/items/ebooks-001/mixed",
    "/items/journals-001/issue-1",
    "/items/journals-001/old-paper",
    "/items/old-photographs-001/album",
    "/items/documentaries-001/canal",
    "/items/wenjin-recitation-001/jing-ye-si",
    "/items/government-information-001/notice-1",
    "/items/government-information-001/notice-1?as=both",
    "/items/ebooks-001/sanguo/read",
    "/items/ebooks-001/sanguo/read?chapter=1",
)

SMALL = """
return Array.from(document.querySelectorAll('a, button, input:not([type=hidden]), select, summary'))
  .filter(function (one) {
    var box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.left > -99 && Math.ceil(box.height) < 44
      && getComputedStyle(one).display !== 'inline' && !one.closest('dd');
  }).map(function (one) { return one.outerHTML.slice(0, 120); });
"""
"""What is smaller than a fingertip; links within a sentence may be (WCAG 2.2, 2.5.8)."""


@pytest.mark.parametrize("path", [*SHELL, *ITEMS])
def test_axe_finds_no_fault_by_day_or_night(browser: webdriver.Chrome, room_site: Site, path: str) -> None:
    assert by_day_and_night(browser, room_site, [path]) == {}


@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_pages_fit_and_can_be_touched(browser: webdriver.Chrome, room_site: Site, width: int) -> None:
    with screen(browser, width):
        for path in SHELL:
            open_page(browser, room_site, path)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path
            assert browser.execute_script(SMALL) == [], path


def test_suggestions_are_chosen_by_keys(browser: webdriver.Chrome, room_site: Site) -> None:
    open_page(browser, room_site, "/")
    field = browser.find_element(By.ID, "q")
    field.send_keys("三国")
    wait_until(browser, "document.querySelectorAll('[role=option]').length === 1")
    assert field.get_attribute("aria-expanded") == "true"
    assert faults(browser) == []
    field.send_keys(Keys.ARROW_DOWN)
    chosen = browser.find_element(By.CSS_SELECTOR, "[aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert field.get_attribute("value") == chosen.text == "三国演义"
    field.send_keys(Keys.ARROW_DOWN)
    assert field.get_attribute("value") == "三国"
    field.send_keys(Keys.ARROW_UP, Keys.ESCAPE)
    assert (field.get_attribute("value"), field.get_attribute("aria-expanded")) == ("三国", "false")
    field.send_keys("演")
    wait_until(browser, "document.querySelector('#q').getAttribute('aria-expanded') === 'true'")
    field.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    wait_until(browser, "location.pathname === '/search'")
    assert browser.find_element(By.CSS_SELECTOR, ".entry mark").text == "三国演义"


def test_a_suggestion_is_text_and_chosen_by_a_click(browser: webdriver.Chrome, room_site: Site) -> None:
    open_page(browser, room_site, "/about")
    browser.find_element(By.ID, "q").send_keys("<scr")
    option = wait_until(browser, "document.querySelector('[role=option]')")
    assert option.text.startswith("<script>alert(1)")
    option.click()
    wait_until(browser, "location.pathname === '/search'")


def test_night_is_remembered(browser: webdriver.Chrome, room_site: Site) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    open_page(browser, room_site, "/")
    day = browser.execute_script(f"return {ground}")
    browser.find_element(By.ID, "theme").click()
    night = browser.execute_script(f"return {ground}")
    assert night != day
    open_page(browser, room_site, "/about")
    assert browser.execute_script(f"return {ground}") == night
    button = browser.find_element(By.ID, "theme")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    browser.refresh()
    assert browser.execute_script(f"return {ground}") == day


def test_night_follows_the_system(browser: webdriver.Chrome, room_site: Site) -> None:
    browser.execute_script("localStorage.clear()")
    media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    open_page(browser, room_site, "/")
    assert (
        browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(17, 24, 27)"
    )
    assert browser.find_element(By.ID, "theme").get_attribute("aria-pressed") == "true"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


FOCUS = """
var one = document.activeElement, style = getComputedStyle(one);
if (one === document.body) { return null; }
var within = /^(VIDEO|AUDIO)$/.test(one.tagName) && !one.matches(':focus-visible');
var ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
return [one.outerHTML.slice(0, 120), within || ring];
"""
"""What has the focus, and whether one sees it; a player's own controls have the browser's ring."""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/collections/ebooks",
        "/search?q=诗",
        "/items/journals-001/issue-1",
        "/items/documentaries-001/canal",
        "/items/wenjin-recitation-001/jing-ye-si",
        "/items/government-information-001/notice-1",
        "/items/ebooks-001/sanguo/read",
    ],
)
def test_the_focus_is_seen_wherever_it_goes(browser: webdriver.Chrome, room_site: Site, path: str) -> None:
    open_page(browser, room_site, path)
    been = []
    for _ in range(24):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        if (found := browser.execute_script(FOCUS)) is not None:
            been.append(found)
    assert len({one for one, _ in been}) > 4
    assert [one for one, seen in been if not seen and not one.startswith("<iframe")] == []


@pytest.mark.parametrize("path", ["/items/ebooks-001/sanguo", "/items/ebooks-001/sanguo/read?chapter=1"])
def test_at_night_too_paper_is_white_and_has_what_is_read(
    browser: webdriver.Chrome, room_site: Site, path: str
) -> None:
    open_page(browser, room_site, path)
    browser.execute_script("localStorage.setItem('shulu-theme', 'night')")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        browser.refresh()
        seen = "var s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
        assert browser.execute_script(seen) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        tools = browser.find_elements(By.CSS_SELECTOR, ".top, .bottom, .tool, button, form, .turns")
        assert [tool.get_attribute("outerHTML") for tool in tools if tool.is_displayed()] == []
        assert "三国演义" in browser.find_element(By.TAG_NAME, "h1").text
        assert browser.find_element(By.TAG_NAME, "main").is_displayed()
    finally:
        browser.execute_script("localStorage.clear()")
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_camera_reads_the_receipt(browser: webdriver.Chrome, room_site: Site, tmp_path: Path) -> None:
    open_page(browser, room_site, "/librarian")
    wait_until(browser, "document.querySelector('.qr').naturalWidth > 0")
    picture = tmp_path / "qr.png"
    browser.find_element(By.CSS_SELECTOR, ".qr").screenshot(str(picture))
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == CODE


def test_facets_narrow_and_are_taken_back(browser: webdriver.Chrome, room_site: Site) -> None:
    open_page(browser, room_site, "/search?q=诗")
    total = browser.find_element(By.CSS_SELECTOR, ".found-count").text
    open_page(browser, room_site, "/search?medium=picture")
    browser.find_element(By.CSS_SELECTOR, ".chip-on").click()
    wait_until(browser, "location.search === ''")
    open_page(browser, room_site, "/search?q=前门")
    for summary in browser.find_elements(By.CSS_SELECTOR, ".facets details:not([open]) summary"):
        summary.click()
    assert "找到 6 种" in browser.find_element(By.CSS_SELECTOR, ".found-count").text
    assert total.startswith("找到 ")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser that runs no scripts."""
    with chromium(tmp_path_factory.mktemp("plain")) as driver:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        yield driver


def test_everything_is_found_without_scripts(plain: webdriver.Chrome, room_site: Site) -> None:
    open_page(plain, room_site, "/")
    assert not plain.find_element(By.ID, "theme").is_displayed()
    field = plain.find_element(By.ID, "q")
    assert field.get_attribute("role") is None
    field.send_keys("三国", Keys.ENTER)
    plain.find_element(By.PARTIAL_LINK_TEXT, "三国演义").click()
    assert plain.find_element(By.TAG_NAME, "h1").text == "三国演义"
    open_page(plain, room_site, "/")
    plain.find_element(By.PARTIAL_LINK_TEXT, "老照片").click()
    plain.find_element(By.LINK_TEXT, "列表").click()
    assert plain.find_elements(By.CSS_SELECTOR, ".entry")
    open_page(plain, room_site, "/collections/ebooks")
    plain.find_element(By.LINK_TEXT, "题名拼音").click()
    plain.find_element(By.LINK_TEXT, "列表").click()
    titles = [title.text for title in plain.find_elements(By.CSS_SELECTOR, ".entry-title")]
    assert titles[:3] == ["<script>alert(1)</script>\"'&{{919*991}}", "地方志 两种", "三国演义"]
    assert plain.find_element(By.CSS_SELECTOR, "[aria-label=排序] [aria-current]").text == "题名拼音"
    plain.find_element(By.LINK_TEXT, "下一页 ›").click()
    assert [title.text for title in plain.find_elements(By.CSS_SELECTOR, ".entry-title")][
        -1
    ] == "唐诗选集 第30卷"
    plain.find_element(By.LINK_TEXT, "专题").click()
    plain.find_element(By.PARTIAL_LINK_TEXT, "三国人物").click()
    assert plain.find_element(By.TAG_NAME, "h1").text == "三国人物"
    plain.find_element(By.LINK_TEXT, "少儿").click()
    plain.find_element(By.LINK_TEXT, "后面 →").click()
    assert len(plain.find_elements(By.CSS_SELECTOR, ".shelf > li")) == 2
    open_page(plain, room_site, "/search?q=第")
    plain.find_element(By.CSS_SELECTOR, ".facets a").click()
    assert plain.find_element(By.CSS_SELECTOR, ".chip-on").text.startswith("电子图书")
