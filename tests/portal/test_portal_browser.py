"""A reader's browser on the portal: headless Chromium that finds no name but localhost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from portal_content import CHAPTERS
from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1024,768",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def wait_until(browser: webdriver.Chrome, script: str) -> Any:
    """Wait until an expression in the page is true; return it."""
    return WebDriverWait(browser, 20).until(lambda driver: driver.execute_script(f"return {script}"))


def open_page(browser: webdriver.Chrome, site: Site, path: str) -> None:
    browser.get(f"http://127.0.0.1:{site.port}{path}")


def requested(browser: webdriver.Chrome) -> list[str]:
    """Return the addresses that were asked for since the last look."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def test_a_book_opens_and_turns(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/ebooks-001/sanguo")
    browser.find_element(By.LINK_TEXT, "在线阅读 Read").click()
    wait_until(browser, "document.documentElement.getAttribute('data-ready')")
    first, second = CHAPTERS
    shown = "document.querySelector('#book iframe').contentDocument.body.innerText"
    assert CHAPTERS[first] in wait_until(browser, shown)
    place = wait_until(browser, "document.documentElement.getAttribute('data-place')")
    browser.find_element(By.ID, "on").click()
    wait_until(browser, f"document.documentElement.getAttribute('data-place') !== {place!r}")
    chapters = browser.find_element(By.ID, "contents").find_elements(By.TAG_NAME, "option")
    assert [chapter.text for chapter in chapters] == [first, second]
    chapters[1].click()
    wait_until(browser, f"{shown}.indexOf({CHAPTERS[second]!r}) >= 0")
    colour = (
        "getComputedStyle(document.querySelector('#book iframe').contentDocument.querySelector('h1')).color"
    )
    assert browser.execute_script(f"return {colour}") == "rgb(1, 2, 3)"
    assert browser.title.startswith("三国演义")


def test_a_film_plays_and_can_be_jumped_into(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/documentaries-001/canal")
    browser.execute_script("var v = document.querySelector('video'); v.muted = true; v.play()")
    wait_until(browser, "document.querySelector('video').currentTime > 0.2")
    browser.execute_script("document.querySelector('video').currentTime = 1.5")
    wait_until(browser, "document.querySelector('video').currentTime >= 1.5")
    assert browser.execute_script("return document.querySelector('video').videoWidth") == 320
    assert wait_until(browser, "document.querySelector('video').textTracks[0].cues.length") == 1
    browser.find_element(By.PARTIAL_LINK_TEXT, "02 中段").click()
    assert browser.execute_script("return document.querySelector('video').src").endswith(".webm?v=1")


def test_a_recitation_plays(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/wenjin-recitation-001/jing-ye-si")
    browser.execute_script("document.querySelector('audio').play()")
    wait_until(browser, "document.querySelector('audio').currentTime > 0.2")


def test_pages_turn_by_link_and_by_key(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/journals-001/issue-1")
    loaded = "document.querySelector('.sheet img').naturalWidth"
    assert wait_until(browser, loaded) == 700
    browser.find_element(By.CSS_SELECTOR, "#view a[rel=next]").click()
    wait_until(browser, "location.search === '?n=2'")
    browser.find_element(By.TAG_NAME, "body").send_keys("\ue014")
    wait_until(browser, "location.search === '?n=3'")
    browser.find_element(By.TAG_NAME, "body").send_keys("\ue012")
    wait_until(browser, "location.search === '?n=2'")


def test_a_web_document_shows_and_runs_nothing(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/government-information-001/notice-1")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    assert browser.find_element(By.TAG_NAME, "h1").value_of_css_property("color") == "rgba(155, 44, 36, 1)"
    assert wait_until(browser, "document.querySelector('img').naturalWidth") == 700
    browser.switch_to.default_content()
    open_page(browser, site, "/content/government-information-001/files/1/index.html?v=1")
    assert browser.find_element(By.TAG_NAME, "h1").text == "通知"
    assert browser.title != "script ran"


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_page_is_wider_than_the_screen(browser: webdriver.Chrome, site: Site, width: int) -> None:
    screen = {"width": width, "height": 768, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    for path in (
        "/",
        "/collections/ebooks",
        "/search?q=诗",
        "/items/ebooks-001/hostile",
        "/about",
        "/nothing",
    ):
        open_page(browser, site, path)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_nothing_outside_is_asked_and_no_policy_is_broken(browser: webdriver.Chrome, site: Site) -> None:
    requested(browser)
    browser.get_log("browser")
    for path in ("/", "/collections/old-photographs", "/items/documentaries-001/canal", "/about"):
        open_page(browser, site, path)
    open_page(browser, site, "/items/ebooks-001/book-5/read")
    wait_until(browser, "document.documentElement.getAttribute('data-ready')")
    outside = [
        address
        for address in requested(browser)
        if not address.startswith(
            (f"http://127.0.0.1:{site.port}/", "blob:http://127.0.0.1", "data:", "about:")
        )
    ]
    assert outside == []
    complaints = [entry["message"] for entry in browser.get_log("browser")]
    assert [line for line in complaints if "Blocked script execution in 'about:srcdoc'" not in line] == []


def test_a_search_is_typed_and_answered(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/")
    browser.find_element(By.ID, "q").send_keys("三国\n")
    assert wait_until(browser, "(document.querySelector('mark') || {}).textContent") == "三国"
    browser.find_element(By.CSS_SELECTOR, ".entry-link").click()
    wait_until(browser, "location.pathname === '/items/ebooks-001/sanguo'")
    assert browser.find_element(By.TAG_NAME, "h1").text == "三国演义"
