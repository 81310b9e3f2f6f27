"""How nginx serves: the portal's own files, TLS, limits, a remote library's cache."""

from __future__ import annotations

import gzip
import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_rules import by_day_and_night
from portal_browser import open_page
from portal_servers import (
    READER,
    ROLE,
    STRANGER,
    Answer,
    Site,
    ask,
    exporting,
    free_port,
    importing,
    web_server,
)
from selenium import webdriver
from selenium.webdriver.common.by import By

from shulu.catalogue import readers
from shulu.content.licence import today
from shulu.portal.reading import PDF_POLICY

EPUB = "/content/ebooks-001/files/1.epub?v=1"
PAGE = "/items/ebooks-001/sanguo"
STATIC = ROLE.parents[1] / "shulu/portal/static"
SLOW_READER, CAMPUS = "127.0.0.3", "127.0.0.4"


def test_the_portal_s_own_files_come_from_the_web_server(site: Site, tmp_path: Path) -> None:
    values = {"portal_store": str(site.store), "__portal_socket": str(tmp_path / "nobody.sock")}
    with web_server(tmp_path, "alone", values) as port:
        answer = ask(port, "/static/css/base.css?v=1", {"Accept-Encoding": "gzip"})
        assert gzip.decompress(answer.body) == (STATIC / "css/base.css").read_bytes()
        assert answer.headers["content-type"] == "text/css"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert ask(port, "/static/css/base.css").headers["cache-control"] == "no-cache"
        worker = ask(port, "/static/vendor/pdfjs/pdf.worker.min.mjs")
        assert worker.headers["content-type"] == "text/javascript"
        assert worker.headers["content-security-policy"] == PDF_POLICY
        assert worker.headers["x-content-type-options"] == "nosniff"
        wasm = next(STATIC.rglob("*.wasm")).relative_to(STATIC)
        assert ask(port, f"/static/{wasm}").headers["content-type"] == "application/wasm"
        assert ask(port, "/static/css/base.css", source=STRANGER).status == 403
        assert ask(port, "/static/css/base.css", method="POST").status == 403
    for path in ("../app.py", "..%2fapp.py", "css/", "", "nothing.css", "css/../../app.py", "%2e%2e/app.py"):
        answer = ask(site.port, f"/static/{path}")
        assert answer.status in {400, 403, 404}
        assert b"create_app" not in answer.body


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a province's CA, and a certificate of a library by it."""
    folder = tmp_path_factory.mktemp("ca")
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    root = [*make, "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.crt"]
    own = [*make, "-subj", "/CN=library", "-addext", f"subjectAltName=IP:{READER}"]
    own += ["-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.crt", "-CAkey", "ca.key"]
    for command in (root, [*own, "-keyout", "portal.key", "-out", "portal.crt"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(site: Site, certificate: Path, tmp_path: Path) -> Iterator[tuple[int, int, Path]]:
    """Serve over TLS, plain HTTP leading there; yield both ports and the folder."""
    port = free_port()
    values = {
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        "__portal_tls": str(certificate),
        "portal_tls_certificate": "yes",
        "portal_tls_port": port,
        "portal_tls_redirect": True,
    }
    with web_server(tmp_path, "secure", values) as plain:
        yield plain, port, certificate


def test_readers_are_served_over_tls_where_a_certificate_is_given(secure: tuple[int, int, Path]) -> None:
    plain, port, folder = secure
    trust = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    connection = http.client.HTTPSConnection(READER, port, timeout=20, context=trust)
    connection.request("GET", EPUB, headers={"Range": "bytes=0-3"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (206, b"PK\x03\x04")
    connection.request("GET", "/")
    assert "图书馆" in connection.getresponse().read().decode()
    connection.close()
    trust.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((READER, port)) as raw,
        trust.wrap_socket(raw, server_hostname=READER) as tls,
    ):
        assert tls.selected_alpn_protocol() == "h2"
        assert tls.version() == "TLSv1.3"
    moved = ask(plain, "/search?q=%E8%AF%97")
    assert (moved.status, moved.headers["location"]) == (308, f"https://{READER}:{port}/search?q=%E8%AF%97")
    assert ask(plain, "/", source=STRANGER).status == 403


def test_who_is_given_what_is_open_gets_it_over_tls_too(
    site: Site, certificate: Path, tmp_path: Path
) -> None:
    plain, port = free_port(), free_port()
    values = {
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        "__portal_tls": str(certificate),
        "portal_tls_certificate": "yes",
        "portal_tls_port": free_port(),
        "portal_tls_redirect": True,
        "portal_open_networks": [f"{CAMPUS}/32"],
        "portal_open_address": READER,
        "portal_open_port": plain,
        "portal_open_tls_port": port,
        "portal_open_url": "https://reading.example",
    }
    trust = ssl.create_default_context(cafile=str(certificate / "ca.crt"))
    with web_server(tmp_path, "open", values) as readers_port:
        connection = http.client.HTTPSConnection(
            READER, port, timeout=20, context=trust, source_address=(CAMPUS, 0)
        )
        connection.request("GET", "/robots.txt")
        response = connection.getresponse()
        assert (response.status, b"https://reading.example/sitemap.xml" in response.read()) == (200, True)
        # All that is here is for the province.
        connection.request("GET", EPUB)
        assert connection.getresponse().status == 404
        connection.close()
        moved = ask(plain, "/x", source=CAMPUS)
        assert (moved.status, moved.headers["location"]) == (308, f"https://{READER}:{port}/x")
        assert ask(plain, "/", source=STRANGER).status == 403
        assert ask(readers_port, "/", source=CAMPUS).status == 403


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_protocols_are_refused(secure: tuple[int, int, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(secure[2] / "ca.crt"))
    trust.set_ciphers("ALL:@SECLEVEL=0")
    trust.minimum_version, trust.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_connection((READER, secure[1])) as raw, pytest.raises((ssl.SSLError, OSError)):
        trust.wrap_socket(raw, server_hostname=READER)


def test_a_program_that_asks_without_end_is_held_up_and_nobody_else(site: Site, tmp_path: Path) -> None:
    values = {
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        "portal_lans": [f"{SLOW_READER}/32"],
    }
    with web_server(tmp_path, "limits", values) as port:
        connection = http.client.HTTPConnection(READER, port, timeout=20, source_address=(SLOW_READER, 0))
        said = []
        for _ in range(900):
            connection.request("HEAD", "/nothing")
            response = connection.getresponse()
            response.read()
            said.append(response.status)
        connection.close()
        assert set(said[:500]) == {404}
        assert 429 in said[500:]
        assert ask(port, "/nothing").status == 404
        assert ask(port, EPUB, source=SLOW_READER).status == 200


@pytest.fixture
def line(site: Site, tmp_path: Path) -> Iterator[tuple[int, dict[str, object], Path]]:
    """Serve a remote library that asks its hub each second; yield its port, the hub's values and store."""
    store = tmp_path / "store"
    shutil.copytree(site.store, store, symlinks=True)
    export = free_port()
    hub = {
        "portal_store": str(store),
        "__portal_socket": str(site.folder / "portal.sock"),
        **exporting(export),
    }
    remote = {
        **importing(export),
        "__portal_pages_fresh": "1s",
        "__portal_files_fresh": "1s",
        "__portal_line_retry": "1s",
    }
    with web_server(tmp_path, "remote", remote) as port:
        yield port, hub, store


def cached(answer: Answer) -> str:
    return answer.headers.get("x-shulu-cache", "")


def test_what_is_kept_is_shown_as_kept_while_the_line_is_down(
    line: tuple[int, dict[str, object], Path], tmp_path: Path
) -> None:
    port, hub, _ = line
    with web_server(tmp_path, "hub", hub):
        page, book = ask(port, PAGE), ask(port, EPUB)
        assert (page.status, cached(page), cached(book)) == (200, "MISS", "MISS")
        assert "line-down" not in page.text
        assert cached(ask(port, EPUB)) == "HIT"
        time.sleep(2.1)
        again = ask(port, EPUB)
        assert (cached(again), again.body) == ("REVALIDATED", book.body)
        assert ask(port, "/static/css/base.css?v=1").status == 200
    time.sleep(2.1)
    kept = ask(port, PAGE)
    assert (kept.status, cached(kept)) == (200, "STALE")
    assert kept.text.count('class="line-down"') == 1
    notice = '<p class="line-down"' + kept.text.partition('<p class="line-down"')[2].partition("<main ")[0]
    assert kept.text.replace(notice, "") == page.text
    assert cached(ask(port, EPUB)) == "STALE"
    piece = ask(port, EPUB, {"Range": "bytes=4-9"})
    assert (piece.status, piece.body) == (206, book.body[4:10])
    assert ask(port, "/static/css/base.css?v=1").status == 200
    missing = ask(port, "/about")
    assert (missing.status, missing.headers["retry-after"]) == (503, "60")
    assert "看过的资源大多还能打开" in missing.text


def test_the_pages_of_a_line_that_is_down_are_readable(
    line: tuple[int, dict[str, object], Path], browser: webdriver.Chrome, tmp_path: Path
) -> None:
    port, hub, store = line
    library = Site(port, 0, store, tmp_path)
    with web_server(tmp_path, "hub", hub):
        open_page(browser, library, "/")
        browser.execute_script("localStorage.clear()")
        assert ask(port, "/about").status == 200
    time.sleep(2.1)
    assert by_day_and_night(browser, library, ["/", "/nothing-that-is-kept"]) == {}
    open_page(browser, library, "/")
    assert "线路暂时不通" in browser.find_element(By.CSS_SELECTOR, ".line-down").text


def test_a_licence_that_ends_at_the_hub_ends_in_the_cache(
    line: tuple[int, dict[str, object], Path], tmp_path: Path
) -> None:
    port, hub, store = line
    with web_server(tmp_path, "hub", hub):
        assert ask(port, EPUB).status == 200
        readers.close((store / "live").resolve())
        assert ask(port, EPUB).status == 200
        time.sleep(2.1)
        assert ask(port, EPUB).status == 404
    time.sleep(2.1)
    # What was kept of it is gone: it does not come back when the line is cut.
    answer = ask(port, EPUB)
    assert (answer.status, cached(answer)) == (404, "STALE")
    assert b"PK" not in answer.body
    readers.link((store / "live").resolve(), today())
    with web_server(tmp_path, "again", hub):
        time.sleep(2.1)
        assert ask(port, EPUB).status == 200
