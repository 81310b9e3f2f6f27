"""Books and web documents in a reader's browser: opened, turned, remembered, and harmless."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_rules import by_day_and_night, faults
from portal_browser import open_page, requested, wait_until
from portal_servers import Site, application, ask, web_server
from reading_content import LINE, ROOMS, SECRET, VERTICAL_LINE, make_shelf
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

FRAME = "document.querySelector('#book iframe').contentDocument"
SHOWN = (
    "(function () { var f = document.querySelector('#book iframe'), b = f && f.contentDocument && "
    "f.contentDocument.body; return b ? b.innerText : ''; }())"
)
READY = "document.documentElement.getAttribute('data-ready')"
SHARE = "Number(document.documentElement.getAttribute('data-share'))"
PLACE = "document.documentElement.getAttribute('data-place')"
PDF = "document.documentElement.getAttribute('data-pdf')"


class Outside:
    """A server that nobody should ask; it notes who does."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    one = Outside()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.05,))
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join(10)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("shelf")
    store = make_shelf(folder, outside.address)
    with application(folder, store) as sock:
        values = {"portal_name": "临江县图书馆", "portal_store": str(store), "__portal_socket": str(sock)}
        with web_server(folder, "library", values) as port:
            yield Site(port, 0, store, folder)


@pytest.fixture(autouse=True)
def _fresh(browser: webdriver.Chrome, shelf: Site) -> None:
    """Begin as a reader who was never here."""
    open_page(browser, shelf, "/about")
    browser.execute_script("localStorage.clear()")
    requested(browser)
    browser.get_log("browser")


def open_book(browser: webdriver.Chrome, shelf: Site, name: str) -> None:
    open_page(browser, shelf, f"/items/ebooks-001/{name}/read")
    wait_until(browser, READY)
    wait_until(browser, PLACE)


def text(browser: webdriver.Chrome) -> str:
    return str(wait_until(browser, SHOWN))


def turn(browser: webdriver.Chrome, button: str = "on") -> None:
    before = browser.execute_script(f"return {PLACE}")
    browser.find_element(By.ID, button).click()
    wait_until(browser, f"{PLACE} !== {before!r}")


def left(browser: webdriver.Chrome, shelf: Site) -> list[str]:
    """Return the addresses asked for since the last look that are not the library's."""
    own = (f"http://127.0.0.1:{shelf.port}/", f"blob:http://127.0.0.1:{shelf.port}/", "data:", "about:")
    return [address for address in requested(browser) if not address.startswith(own)]


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


def test_a_pdf_that_cannot_be_shown_leaves_its_link(browser: webdriver.Chrome, shelf: Site) -> None:
    open_page(browser, shelf, "/items/ebooks-001/broken-pdf/read")
    wait_until(browser, f"{PDF} === 'failed'")
    link = browser.find_element(By.CSS_SELECTOR, "#failed a.main")
    seen = "var r = arguments[0].getBoundingClientRect(); return document.elementFromPoint(r.x + 9, r.y + 9)"
    assert browser.execute_script(seen, link) == link
    assert link.get_attribute("href").endswith("/content/ebooks-001/files/broken.pdf?v=1")
    plain = ask(shelf.port, "/items/ebooks-001/gazetteer/read").text
    assert '<div class="notice" id="failed" role="alert">' in plain


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
