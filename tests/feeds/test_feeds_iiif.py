"""IIIF Presentation 3, schema.org and the sitemap, read by what others wrote."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import extruct
import pytest
from feeds_content import HOSTILE
from feeds_reader import ADDRESS, Reader
from iiif_prezi3 import Collection, Manifest
from lxml import etree
from portal_browser import chromium, open_page
from portal_servers import Site, ask
from pydantic import ValidationError
from selenium import webdriver

from shulu.feeds import images
from shulu.portal.live import Live

ISSUE = "/iiif/journals-001/issue-1/manifest.json"
MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.mark.parametrize(
    ("path", "canvases", "direction"),
    [
        (ISSUE, 5, "left-to-right"),
        ("/iiif/journals-001/old-paper/manifest.json", 5, "right-to-left"),
        ("/iiif/old-photographs-001/album/manifest.json", 4, "left-to-right"),
        ("/iiif/old-photographs-001/photo-1/manifest.json", 1, "left-to-right"),
        ("/iiif/journals-001/torn/manifest.json", 2, "left-to-right"),
    ],
)
def test_manifests_are_presentation_3(reader: Reader, path: str, canvases: int, direction: str) -> None:
    response = reader.get(path)
    assert "iiif.io/api/presentation/3" in response.headers["Content-Type"]
    manifest = Manifest.model_validate_json(response.data)
    assert str(manifest.id) == ADDRESS + path
    assert (len(manifest.items), manifest.viewingDirection) == (canvases, direction)
    for canvas in manifest.items:
        body = canvas.items[0].items[0].body
        assert (canvas.width, canvas.height) == (body.width, body.height)
        assert canvas.width == 700
        assert canvas.height in {480, 1000}
        assert str(canvas.items[0].items[0].target) == str(canvas.id)


def test_images_of_a_manifest_are_there(site: Site) -> None:
    address = f"http://127.0.0.1:{site.port}"
    found = json.loads(ask(site.port, ISSUE).body)
    assert found["id"] == address + ISSUE
    assert found["navDate"] == "2014-01-01T00:00:00Z"
    for canvas in found["items"]:
        image = canvas["items"][0]["items"][0]["body"]
        answer = ask(site.port, image["id"].removeprefix(address))
        assert (answer.status, answer.headers["content-type"]) == (200, image["format"])


def test_a_broken_image_keeps_its_number(reader: Reader) -> None:
    found = json.loads(reader.get("/iiif/journals-001/torn/manifest.json").data)
    assert [canvas["id"].rsplit("/", 1)[1] for canvas in found["items"]] == ["1", "3"]
    reader.get("/iiif/journals-001/ruined/manifest.json", 404)
    for other in ("ebooks-001/sanguo", "documentaries-001/canal", "journals-001/nobody"):
        reader.get(f"/iiif/{other}/manifest.json", 404)


def failing(part: str, error: int) -> Callable[..., Any]:
    """Return Path.open as it is while files whose path has this part cannot be read."""
    opened = Path.open

    def fail(path: Path, *given: Any, **named: Any) -> Any:
        if part in path.as_posix():
            raise OSError(error, os.strerror(error))
        return opened(path, *given, **named)

    return fail


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Begin and end with no image's size known."""
    images.size.cache_clear()
    yield
    images.size.cache_clear()


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("page", ["/files/1/", "/files/1/003."])
def test_pages_that_cannot_be_read_just_now_are_away_until_they_can(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing(page, errno.EIO))
        answer = reader.get(ISSUE, 503)
        assert answer.headers["Retry-After"] == "60"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(json.loads(reader.get(ISSUE).data)["items"]) == 5


@pytest.mark.usefixtures("forgotten")
def test_a_page_that_is_not_in_its_bag_is_left_out(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing("/files/1/003.", errno.ENOENT))
        found = json.loads(reader.get(ISSUE).data)
        assert [canvas["id"].rsplit("/", 1)[1] for canvas in found["items"]] == ["1", "2", "4", "5"]
        patch.setattr(Path, "open", failing("/files/1/", errno.ENOENT))
        images.size.cache_clear()
        reader.get(ISSUE, 404)


@pytest.mark.usefixtures("forgotten")
def test_a_disk_that_goes_during_a_request_leaves_no_manifest(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        asked = iter([False])
        patch.setattr(Live, "is_away", lambda _live, _bag: next(asked, True))
        patch.setattr(Path, "open", failing("/files/1/003.", errno.ENOENT))
        reader.get(ISSUE, 503)
    assert len(json.loads(reader.get(ISSUE).data)["items"]) == 5


@pytest.mark.usefixtures("forgotten")
def test_a_size_is_read_once_also_where_there_is_none(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = "/iiif/journals-001/torn/manifest.json"
    found = reader.get(torn).data
    monkeypatch.setattr(Path, "open", failing("/torn/", errno.EIO))
    assert reader.get(torn).data == found


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(viewingDirection="up"),
        lambda value: value.pop("label"),
        lambda value: value["items"][0]["items"][0]["items"][0].pop("target"),
        lambda value: value["items"][0].update(type="Page"),
    ],
)
def test_the_classes_refuse_what_is_no_manifest(reader: Reader, change: Any) -> None:
    value = json.loads(reader.get(ISSUE).data)
    change(value)
    with pytest.raises(ValidationError):
        Manifest.model_validate(value)


def test_a_journal_s_issues_are_a_collection(reader: Reader) -> None:
    address = json.loads(reader.get(ISSUE).data)["partOf"][0]["id"].removeprefix(ADDRESS)
    response = reader.get(address)
    found = Collection.model_validate_json(response.data)
    assert {str(one.id) for one in found.items} == {
        f"{ADDRESS}/iiif/journals-001/issue-{n}/manifest.json" for n in (1, 2)
    }
    reader.get("/iiif/series.json", 404)
    reader.get(f"/iiif/series.json?in=ebooks&name={quote('读书')}", 404)


def test_other_sites_read_only_what_is_everybody_s(reader: Reader) -> None:
    everybody_s = reader.get("/iiif/old-photographs-001/album/manifest.json")
    assert everybody_s.headers["Access-Control-Allow-Origin"] == "*"
    for path in (ISSUE, "/opds", "/opds2", "/oai?verb=Identify", "/sitemap.xml"):
        assert "Access-Control-Allow-Origin" not in reader.get(path).headers


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("ebooks-001/sanguo", "Book"),
        ("journals-001/issue-1", "PublicationIssue"),
        ("documentaries-001/canal", "VideoObject"),
        ("wenjin-recitation-001/jing-ye-si", "AudioObject"),
        ("old-photographs-001/photo-1", "ImageObject"),
        ("government-information-001/notice-0001", "Article"),
    ],
)
def test_pages_say_what_they_show(reader: Reader, item: str, kind: str) -> None:
    page = reader.get(f"/items/{item}").text
    found = extruct.extract(page, base_url=f"{ADDRESS}/items/{item}", syntaxes=["json-ld"])["json-ld"]
    assert [one["@type"] for one in found] == [kind]
    assert found[0]["@id"] == f"/items/{item}"
    assert found[0]["identifier"] == f"oai:shulu.internal:{item}"


def test_hostile_words_stay_in_their_element(reader: Reader) -> None:
    page = reader.get("/items/ebooks-001/hostile").text
    found = extruct.extract(page, syntaxes=["json-ld"])["json-ld"]
    assert found[0]["name"] == HOSTILE
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["name"] == HOSTILE
    assert not re.search("[<>&\u2028]", block[1])


def test_a_browser_runs_and_refuses_nothing_of_it(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        open_page(browser, site, "/items/ebooks-001/hostile")
        script = "return document.querySelector('script[type=\"application/ld+json\"]').textContent"
        assert json.loads(browser.execute_script(script))["name"] == HOSTILE
        assert _complaints(browser) == []


def _complaints(browser: webdriver.Chrome) -> list[str]:
    return [
        entry["message"]
        for entry in browser.get_log("browser")
        if "Content Security Policy" in entry["message"]
    ]


def test_pages_lead_to_the_feeds(reader: Reader) -> None:
    page = etree.HTML(reader.get("/items/journals-001/issue-1").text)
    ways = {link.get("type"): link.get("href") for link in page.findall(".//link[@type]")}
    for kind in (
        "application/atom+xml;profile=opds-catalog;kind=navigation",
        "application/atom+xml;type=entry;profile=opds-catalog",
        "application/opds+json",
        "application/opensearchdescription+xml",
        "application/ld+json",
    ):
        reader.get(ways[kind])


def test_the_sitemap_has_every_item_once(
    reader: Reader, province: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shulu.feeds.sitemap.SIZE", 100)
    counts = []
    for who in (reader, province):
        index = etree.fromstring(who.get("/sitemap.xml").data)
        parts = [one.text.removeprefix(ADDRESS) for one in index.findall("s:sitemap/s:loc", MAP)]
        addresses: list[str] = []
        for part in parts:
            urls = etree.fromstring(who.get(part).data).findall("s:url/s:loc", MAP)
            assert 0 < len(urls) <= 100
            addresses += [one.text.removeprefix(ADDRESS) for one in urls]
        assert len(set(addresses)) == len(addresses)
        counts.append(len(addresses))
        for address in addresses[::50]:
            who.get(address)
        assert "/items/ebooks-001/book-4" not in addresses
        who.get(f"/sitemaps/{len(parts) + 1}.xml", 404)
        who.get("/sitemaps/0.xml", 404)
    assert counts[0] == counts[1] + 1
