"""The addresses that feeds name themselves by: the web server says them, and nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from feeds_reader import Reader
from portal_servers import Site, ask, importing, web_server

FORGED = {
    "Host": "evil.example",
    "X-Shulu-Address": "http://evil.example",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "host=evil.example",
}
ABSOLUTE = (
    "/oai?verb=Identify",
    "/sitemap.xml",
    "/robots.txt",
    "/iiif/journals-001/issue-1/manifest.json",
    "/opds/opensearch.xml",
)


def test_a_forged_host_changes_no_address(site: Site) -> None:
    for path in (*ABSOLUTE, "/opds", "/opds2", "/items/ebooks-001/sanguo"):
        answer = ask(site.port, path, FORGED)
        assert answer.status == 200
        assert "evil" not in answer.text
        if path in ABSOLUTE:
            assert f"http://127.0.0.1:{site.port}/" in answer.text


def test_a_forged_host_poisons_no_cache(site: Site, tmp_path: Path) -> None:
    values = {**importing(site.export), "portal_name": "清河县图书馆"}
    with web_server(tmp_path, "remote", values) as port:
        for path in ABSOLUTE:
            first, second = ask(port, path, FORGED), ask(port, path)
            assert second.status == 200
            assert "evil" not in first.text + second.text
            assert f"http://127.0.0.1:{port}/" in second.text
        # The library beside it has the same pages under its own address.
        assert f"http://127.0.0.1:{site.port}/" in ask(site.port, ABSOLUTE[1]).text


def test_an_address_that_is_configured_is_the_one(site: Site, tmp_path: Path) -> None:
    values = {
        "portal_address": "https://shuzi.linjiang.example",
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
    }
    with web_server(tmp_path, "named", values) as port:
        for path in ABSOLUTE:
            assert "https://shuzi.linjiang.example/" in ask(port, path, FORGED).text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("http://10.1.2.3:80", "http://10.1.2.3"),
        ("https://lib.example:443", "https://lib.example"),
        ("https://lib.example:8443", "https://lib.example:8443"),
        ("http://[fd00::1]:80", "http://[fd00::1]"),
        ("HTTP://LIB", "http://lib"),
        ("", "http://localhost"),
        ("ftp://lib", "http://localhost"),
        ("http://lib/path", "http://localhost"),
        ("http://a@lib", "http://localhost"),
        ("http://lib:99999999", "http://localhost"),
        ("http://lib<script>", "http://localhost"),
        ("http://lib\u00e9", "http://localhost"),
    ],
)
def test_what_is_no_address_is_not_repeated(reader: Reader, said: str, told: str) -> None:
    text = reader.client.get("/robots.txt", headers={"X-Shulu-Address": said}).text
    found = re.search("Sitemap: (.*)/sitemap.xml\n", text)
    assert found is not None
    assert found[1] == told


def test_only_harvesters_may_post(site: Site) -> None:
    assert ask(site.port, "/oai", method="POST").status == 200
    for path in ("/opds", "/", "/oai/x", "/iiif/journals-001/issue-1/manifest.json"):
        assert ask(site.port, path, method="POST").status == 403
    for method in ("PUT", "DELETE", "PATCH"):
        assert ask(site.port, "/oai", method=method).status == 403


def test_a_library_s_name_is_text(site: Site) -> None:
    name = quote("<b>]]>&馆")
    for path in ("/opds", "/oai?verb=Identify", "/opds/opensearch.xml"):
        assert b"<b>" not in ask(site.export, path, {"X-Shulu-Library": name}).body
