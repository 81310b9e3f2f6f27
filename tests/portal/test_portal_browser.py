"""Readers on the portal with a browser: what they open shows, and nothing outside is asked."""

from __future__ import annotations

import pytest
from portal_browser import open_page, requested, screen, wait_until
from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.common.by import By


def test_the_original_of_a_web_document_shows_and_runs_nothing(browser: webdriver.Chrome, site: Site) -> None:
    open_page(browser, site, "/items/government-information-001/notice-1?as=original")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    assert browser.find_element(By.TAG_NAME, "h1").value_of_css_property("color") == "rgba(155, 44, 36, 1)"
    assert wait_until(browser, "document.querySelector('img').naturalWidth") == 700
    browser.switch_to.default_content()
    open_page(browser, site, "/content/government-information-001/files/1/index.html?v=1")
    assert browser.find_element(By.TAG_NAME, "h1").text == "通知"
    assert browser.title != "script ran"


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_no_page_is_wider_than_the_screen(browser: webdriver.Chrome, site: Site, width: int) -> None:
    with screen(browser, width):
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
