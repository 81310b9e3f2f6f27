"""IIIF manifests in Mirador, the viewer of many libraries, on a site of its own."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from portal_browser import chromium, requested, wait_until
from portal_servers import Site, ask
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

MIRADOR = Path(__file__).parents[2] / ".cache/mirador"
ALBUM = "/iiif/old-photographs-001/album/manifest.json"
ISSUE = "/iiif/journals-001/issue-1/manifest.json"
PAGE = """<!doctype html><meta charset="utf-8"><div id="viewer" style="position:absolute;inset:0"></div>
<script src="mirador.min.js"></script>"""
WORDS = "document.body.innerText"


@dataclass(frozen=True)
class Elsewhere:
    """Another site: its address, and the folder that it serves."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Serve the viewer from another origin than the library's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text(PAGE)
    (folder / "mirador.min.js").symlink_to(MIRADOR / "mirador.min.js")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Elsewhere(f"http://127.0.0.1:{server.server_port}/", folder)
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


def show(browser: webdriver.Chrome, elsewhere: Elsewhere, manifest: str) -> None:
    browser.get(elsewhere.address)
    settings = {"id": "viewer", "windows": [{"manifestId": manifest}]}
    browser.execute_script("Mirador.viewer(arguments[0])", settings)


def test_a_viewer_elsewhere_shows_what_is_everybody_s(
    site: Site, browser: webdriver.Chrome, elsewhere: Elsewhere
) -> None:
    address = f"http://127.0.0.1:{site.port}"
    pages = json.loads(ask(site.port, ALBUM).body)["items"]
    images = {page["items"][0]["items"][0]["body"]["id"] for page in pages}
    seen = set(requested(browser))
    show(browser, elsewhere, address + ALBUM)
    wait_until(browser, f"{WORDS}.includes('北京旧影') && {WORDS}.includes('1 of 4')")
    for number in range(2, 5):
        browser.find_element("css selector", "button[aria-label='Next item']").click()
        wait_until(browser, f"{WORDS}.includes('{number} of 4')")

    def are_fetched(driver: webdriver.Chrome) -> bool:
        seen.update(requested(driver))
        return images <= seen

    WebDriverWait(browser, 20, 0.1).until(are_fetched)


def test_the_viewer_shows_nothing_of_what_is_no_manifest(
    site: Site, browser: webdriver.Chrome, elsewhere: Elsewhere
) -> None:
    broken = json.loads(ask(site.port, ALBUM).body)
    broken["canvases"] = broken.pop("items")
    (elsewhere.folder / "broken.json").write_text(json.dumps(broken))
    show(browser, elsewhere, elsewhere.address + "broken.json")
    wait_until(browser, f"{WORDS}.includes('1 of 0')")


def test_a_viewer_elsewhere_is_refused_what_is_not(
    site: Site, browser: webdriver.Chrome, elsewhere: Elsewhere
) -> None:
    show(browser, elsewhere, f"http://127.0.0.1:{site.port}{ISSUE}")
    wait_until(browser, f"{WORDS}.includes('Failed to fetch')")
    assert any("blocked by CORS policy" in entry["message"] for entry in browser.get_log("browser"))
