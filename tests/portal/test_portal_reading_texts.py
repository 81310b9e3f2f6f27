"""Plain texts and web documents in a reader's browser: clean, remembered, and harmless."""

from __future__ import annotations

import pytest
from portal_browser import open_page, wait_until
from portal_servers import Site, ask
from reading_browser import Outside
from reading_content import LINE
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.usefixtures("newcomer")


def test_a_long_text_is_read_in_pages_and_the_page_remembered(browser: webdriver.Chrome, shelf: Site) -> None:
    shown = ""
    first = ask(shelf.port, "/items/ebooks-001/long/read?page=1").text
    count = int(first.split('data-pages="')[1].split('"')[0])
    for number in range(1, count + 1):
        shown += ask(shelf.port, f"/items/ebooks-001/long/read?page={number}").text
    assert [shown.count(f"<p>第{number}行　{LINE}</p>") for number in range(1, 2001)] == [1] * 2000
    open_page(browser, shelf, "/items/ebooks-001/long/read")
    browser.find_element(By.CSS_SELECTOR, "a[rel=next]").click()
    wait_until(browser, "document.getElementById('main').getAttribute('data-page') === '2'")
    open_page(browser, shelf, "/items/ebooks-001/long/read?n=1")
    wait_until(browser, "location.search === '?n=1&page=2'")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_RIGHT)
    wait_until(browser, "location.search === '?n=1&page=3'")


def test_a_text_is_text_whatever_it_holds(shelf: Site) -> None:
    answer = ask(shelf.port, "/items/ebooks-001/short/read")
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in answer.text


def test_a_web_document_is_clean_and_its_original_harmless(
    browser: webdriver.Chrome, shelf: Site, outside: Outside
) -> None:
    outside.asked.clear()
    path = "/items/government-information-001/notice"
    open_page(browser, shelf, path)
    article = browser.find_element(By.CSS_SELECTOR, "article.text")
    assert article.text.startswith("各乡镇人民政府：\n为切实做好")
    assert "县人民政府办公室" in article.text
    assert "首页" not in article.text
    assert "版权所有" not in article.text
    cells = [cell.text for cell in article.find_elements(By.CSS_SELECTOR, "th, td")]
    assert cells == ["乡镇", "亩数", "城关镇", "三千二百"]
    picture = article.find_element(By.TAG_NAME, "img")
    assert picture.get_attribute("src").endswith("/content/government-information-001/files/1/seal.png?v=1")
    assert wait_until(browser, "document.querySelector('article img').naturalWidth") == 60
    assert not article.find_elements(By.CSS_SELECTOR, "script, iframe, form, input, button, a, svg, [style]")
    for shown in ("original", "both"):
        open_page(browser, shelf, f"{path}?as={shown}")
        frame = browser.find_element(By.CSS_SELECTOR, "iframe[sandbox='']")
        browser.switch_to.frame(frame)
        assert "首页 | 政务公开" in browser.find_element(By.TAG_NAME, "body").text
        browser.switch_to.default_content()
        wait_until(browser, "performance.now() > 800")
        assert browser.title.startswith("关于做好春耕备耕工作的通知")
    assert outside.asked == []
    assert outside.address not in ask(shelf.port, path).text


def test_a_web_document_without_text_shows_as_it_was(shelf: Site) -> None:
    answer = ask(shelf.port, "/items/government-information-001/empty")
    assert "<iframe" in answer.text
    assert "web-paper" not in answer.text


def test_a_title_that_the_page_has_already_is_not_repeated(shelf: Site) -> None:
    answer = ask(shelf.port, "/items/government-information-001/budget-2013")
    assert answer.text.count("2013年预算执行情况</h") == 1
    assert "文号 临财〔2013〕3号" in answer.text
    assert "<p>收支平衡。</p>" in answer.text


def test_web_documents_are_listed_by_year_and_agency(browser: webdriver.Chrome, shelf: Site) -> None:
    def titles() -> set[str]:
        return {link.text for link in browser.find_elements(By.CSS_SELECTOR, ".web-title")}

    open_page(browser, shelf, "/collections/government-information")
    assert len(titles()) == 5
    browser.find_element(By.CSS_SELECTOR, ".web-agencies summary").click()
    agencies = browser.find_elements(By.CSS_SELECTOR, ".web-agencies a")
    assert [agency.text for agency in agencies] == ["全部机关", "县财政局 3", "县人民政府办公室 1"]
    agencies[1].click()
    assert titles() == {f"{year}年预算执行情况" for year in (2012, 2013, 2014)}
    years = browser.find_elements(By.CSS_SELECTOR, ".web-years a")
    assert [year.text for year in years] == ["全部年份", "2014 1", "2013 1", "2012 1"]
    years[2].click()
    assert titles() == {"2013年预算执行情况"}
    open_page(browser, shelf, "/collections/government-information?year=2014")
    assert titles() == {"2014年预算执行情况", "关于做好春耕备耕工作的通知"}
    open_page(browser, shelf, "/collections/government-information?creator=nobody")
    assert titles() == set()
