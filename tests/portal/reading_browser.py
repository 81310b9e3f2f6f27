"""How tests look into the readers of books: what a page says of itself, and what it asks for."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from portal_browser import open_page, requested, wait_until
from portal_servers import Site
from selenium import webdriver
from selenium.webdriver.common.by import By

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
