"""gunicorn behind nginx with the role's own configuration: content, refusals, the remote route."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from portal_servers import (
    ROLE,
    STRANGER,
    Site,
    ask,
    exporting,
    free_port,
    importing,
    render,
    web_server,
)

from shulu.catalogue import media

FILM = f"/content/documentaries-001/files/{quote('01 开篇.webm')}"
EPUB = "/content/ebooks-001/files/1.epub"
DOCUMENT = "/content/government-information-001/files/1/index.html"


def payload(site: Site, bag: str, name: str) -> bytes:
    return (site.store / "live/bags" / bag / "data/files" / name).read_bytes()


def test_pages_carry_the_library_s_name(site: Site) -> None:
    answer = ask(site.port, "/", {"X-Shulu-Library": "forged"})
    assert answer.status == 200
    assert "临江县图书馆" in answer.text
    assert "forged" not in answer.text
    assert answer.headers["server"] == "nginx"
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_content_comes_whole_and_in_ranges(site: Site) -> None:
    whole = payload(site, "documentaries-001", "01 开篇.webm")
    answer = ask(site.port, FILM)
    assert (answer.status, answer.body) == (200, whole)
    assert answer.headers["content-type"] == "video/webm"
    part = ask(site.port, FILM, {"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, whole[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    tail = ask(site.port, FILM, {"Range": "bytes=-10"})
    assert (tail.status, tail.body) == (206, whole[-10:])
    assert ask(site.port, FILM, {"Range": f"bytes={len(whole)}-"}).status == 416


def test_content_has_its_types_and_headers(site: Site) -> None:
    assert ask(site.port, EPUB).headers["content-type"] == "application/epub+zip"
    subtitles = ask(site.port, f"/content/documentaries-001/files/{quote('01 开篇.vtt')}")
    assert subtitles.headers["content-type"] == "text/vtt; charset=utf-8"
    document = ask(site.port, DOCUMENT)
    assert document.headers["content-type"] == "text/html"
    assert "sandbox" in document.headers["content-security-policy"]
    assert "default-src 'none'" in document.headers["content-security-policy"]
    assert document.headers["x-content-type-options"] == "nosniff"
    text = ask(site.port, f"/content/ebooks-001/files/{quote('志.txt')}")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    pdf = ask(site.port, f"/content/ebooks-001/files/{quote('志.pdf')}")
    assert "sandbox" not in pdf.headers["content-security-policy"]


def test_an_address_with_a_version_is_only_answered_for_that_version(site: Site) -> None:
    assert ask(site.port, EPUB + "?v=1").headers["cache-control"] == "public, max-age=86400"
    assert ask(site.port, EPUB).headers["cache-control"] == "public, max-age=600"
    for version in ("2", "1/../1", "%31", "1 ", ".*"):
        answer = ask(site.port, EPUB + "?v=" + quote(version, safe="%"))
        assert answer.status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/content/ebooks-001/records.jsonl",
        "/content/ebooks-001/files/",
        "/content/ebooks-001/files/../records.jsonl",
        "/content/ebooks-001/files/..%2frecords.jsonl",
        "/content/ebooks-001/files/../../../../../release.json",
        "/content/ebooks-001/../../release.json",
        "/content/",
        "/content/ebooks-001/files/1",
        "/content/journals-001/files/1/",
        "/content/kit/files/packages.deb",
        "/content/EBOOKS-001/files/1.epub",
        "/live/catalogue.db",
        "/shulu-unavailable.html",
        "/nginx.conf",
    ],
)
def test_nothing_else_of_the_store_is_sent(site: Site, path: str) -> None:
    answer = ask(site.port, path)
    assert answer.status in {400, 404}
    assert b'"title"' not in answer.body


def test_others_than_readers_are_refused(site: Site) -> None:
    for path in ("/", EPUB, EPUB + "?v=1", DOCUMENT, "/static/css/base.css", "/search?q=x"):
        for port in (site.port, site.export):
            answer = ask(port, path, source=STRANGER)
            assert answer.status == 403
            assert len(answer.body) < 400


def test_only_reading_is_let_through(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for path in ("/", EPUB):
            assert ask(site.port, path, method=method).status == 403
    assert ask(site.port, EPUB, method="HEAD").status == 200


def test_the_export_takes_the_name_that_the_library_says(site: Site) -> None:
    answer = ask(site.export, "/", {"X-Shulu-Library": quote("清河县图书馆")})
    assert "清河县图书馆" in answer.text


def test_the_remote_route_shows_the_upstream_from_its_cache(site: Site, tmp_path: Path) -> None:
    values = {**importing(site.export), "portal_name": "清河县图书馆"}
    whole = payload(site, "documentaries-001", "01 开篇.webm")
    with web_server(tmp_path, "remote", values) as port:
        assert "清河县图书馆" in ask(port, "/").text
        answer = ask(port, FILM + "?v=1", {"Range": "bytes=10-29"})
        assert (answer.status, answer.body) == (206, whole[10:30])
        assert answer.headers["content-type"] == "video/webm"
        assert "sandbox" in ask(port, DOCUMENT + "?v=1").headers["content-security-policy"]
        assert ask(port, EPUB + "?v=1").body == payload(site, "ebooks-001", "1.epub")
        assert ask(port, EPUB + "?v=2").status == 404
        assert ask(port, "/nothing").status == 404
        for path in ("/", FILM + "?v=1", EPUB):
            assert ask(port, path, source=STRANGER).status == 403
        assert list((tmp_path / "remote/cache").rglob("*"))


def test_a_cut_line_leaves_what_was_read_before(site: Site, tmp_path: Path) -> None:
    export = free_port()
    hub = {
        "portal_name": "省馆",
        "portal_store": str(site.store),
        "__portal_socket": str(site.folder / "portal.sock"),
        **exporting(export),
    }
    remote = importing(export)
    with web_server(tmp_path, "remote", remote) as port:
        with web_server(tmp_path, "hub", hub):
            assert ask(port, EPUB + "?v=1").status == 200
            page = ask(port, "/items/ebooks-001/sanguo")
            assert page.status == 200
        assert ask(port, EPUB + "?v=1").body == payload(site, "ebooks-001", "1.epub")
        assert ask(port, EPUB + "?v=1", {"Range": "bytes=5-9"}).status == 206
        assert ask(port, "/items/ebooks-001/sanguo").body == page.body
        answer = ask(port, "/about")
        assert answer.status == 503
        assert "线路暂时不通" in answer.text


def test_a_stopped_application_is_told_to_readers(site: Site, tmp_path: Path) -> None:
    values = {"portal_store": str(site.store), "__portal_socket": str(tmp_path / "nobody.sock")}
    with web_server(tmp_path, "alone", values) as port:
        answer = ask(port, "/")
        assert answer.status == 503
        assert "页面暂时打不开" in answer.text
        assert ask(port, EPUB).status == 200


def test_the_web_server_and_the_catalogue_tell_the_same_types() -> None:
    told = render("nginx.conf.j2", {"portal_lans": ["192.168.1.0/24"]})
    types = {
        extension: name.partition(";")[0]
        for name, extensions in re.findall(r'^    "([^"]+)" ([^;]+);$', told, re.MULTILINE)
        for extension in extensions.split()
    }
    assert {extension: types.get(extension) for extension in media.TYPES} == media.TYPES


def test_the_lists_of_addresses_are_the_only_ones_allowed() -> None:
    values = {
        "portal_lans": ["192.168.1.0/24", "192.168.2.0/24"],
        "portal_export_clients": ["10.99.1.3"],
        "portal_export_address": "10.99.0.1",
        "portal_name": 'a"; } $x',
    }
    told = render("nginx.conf.j2", values)
    assert re.findall(r"^    allow (.+);$", told, re.MULTILINE) == [
        "127.0.0.1",
        "192.168.1.0/24",
        "192.168.2.0/24",
        "10.99.1.3",
    ]
    assert told.count("    deny all;\n") == 2
    assert "portal_audience open" not in told
    assert "listen 10.99.0.1:8081" in told
    assert 'set $portal_library "a%22%3B%20%7D%20%24x";' in told
    unit = render(
        "nginx.service.j2", {**values, "portal_mode": "remote", "portal_upstream_address": "10.99.0.9"}
    )
    assert "IPAddressAllow=localhost 192.168.1.0/24 192.168.2.0/24 10.99.1.3 10.99.0.9\n" in unit
    assert "ReadWritePaths=/var/cache/nginx /srv/shulu/cache\n" in unit


def test_what_is_open_has_a_listener_of_its_own() -> None:
    values = {"portal_lans": ["192.168.1.0/24"], "portal_open_networks": ["10.20.0.0/16", "203.0.113.0/24"]}
    told = render("nginx.conf.j2", values)
    lan, campus = re.split(r"^  server \{\n", told, flags=re.MULTILINE)[1:]
    assert ("listen 80 default_server" in lan, "listen 8080 default_server" in campus) == (True, True)
    assert ("set $portal_audience lan;" in lan, "set $portal_audience open;" in campus) == (True, True)
    assert re.findall(r"allow (.+);", lan) == ["127.0.0.1", "192.168.1.0/24"]
    assert re.findall(r"allow (.+);", campus) == ["127.0.0.1", "10.20.0.0/16", "203.0.113.0/24"]
    assert campus.count("deny all;\n") >= 1
    own = {**values, "portal_open_address": "10.20.0.5", "portal_open_port": 80}
    assert "listen 10.20.0.5:80 default_server" in render("nginx.conf.j2", own)
    unit = render("nginx.service.j2", values)
    assert "IPAddressAllow=localhost 192.168.1.0/24 10.20.0.0/16 203.0.113.0/24\n" in unit


def test_defaults_and_contract_name_the_same_inputs() -> None:
    options = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    assert {name: option["default"] for name, option in options.items()} == defaults
