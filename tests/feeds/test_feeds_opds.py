"""OPDS 1.2 and 2.0: parsers that others wrote read every feed, and the rules of the standard hold in each."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import feedparser
import pytest
from feeds_content import HOSTILE
from feeds_reader import ADDRESS, Reader
from lxml import etree
from portal_servers import Site, ask
from webpub_manifest_parser.opds2 import OPDS2FeedParserFactory

ATOM = {
    "a": "http://www.w3.org/2005/Atom",
    "os": "http://a9.com/-/spec/opensearch/1.1/",
    "pse": "http://vaemendis.net/opds-pse/ns",
}
SHOWN = HOSTILE.replace("\ufffe", "")
FEEDS = (
    "",
    "/new",
    "/collections/ebooks",
    "/collections/journals",
    "/collections/documentaries",
    "/collections/wenjin-recitation",
    "/collections/old-photographs",
    "/collections/government-information",
    "/collections/government-information?page=3",
    f"/search?q={quote('唐诗')}",
    f"/search?q={quote('没有这样的书')}",
    "/search",
)


def faults(feed: etree._Element) -> Iterator[str]:
    """Yield which rules of RFC 4287 (4.1.1, 4.1.2) and OPDS 1.2 (2, 5) a feed breaks."""
    links = feed.findall("a:link", ATOM)
    acquisition = any("acquisition" in link.get("rel") for link in feed.findall("a:entry/a:link", ATOM))
    for place in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            if len(place.findall(f"a:{name}", ATOM)) != 1 or not place.findtext(f"a:{name}", "", ATOM):
                yield f"{name} is not there once"
        for link in place.findall("a:link", ATOM):
            if not link.get("href") or not link.get("type"):
                yield "a link leads nowhere"
            if link.get("rel").endswith(("/image", "/thumbnail")) and link.get("type") not in {
                "image/png",
                "image/jpeg",
                "image/gif",
            }:
                yield "a picture that not every reader shows"
    relations = [link.get("rel") for link in links]
    if relations.count("self") != 1 or relations.count("start") != 1:
        yield "self and start are not there once"
    for entry in feed.findall("a:entry", ATOM):
        ways = [
            link.get("rel").startswith("http://opds-spec.org/acquisition")
            for link in entry.findall("a:link", ATOM)
        ]
        if acquisition and not any(ways):
            yield "an entry that cannot be had"
    if len({entry.findtext("a:id", "", ATOM) for entry in feed.findall("a:entry", ATOM)}) != len(
        feed.findall("a:entry", ATOM)
    ):
        yield "two entries are one"


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_are_atom_and_opds(reader: Reader, path: str) -> None:
    response = reader.get("/opds" + path)
    kind = "acquisition" if path else "navigation"
    assert response.headers["Content-Type"] == f"application/atom+xml;profile=opds-catalog;kind={kind}"
    tree = etree.fromstring(response.data)
    assert list(faults(tree)) == []
    parsed = feedparser.parse(response.data)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert len(parsed.entries) == len(tree.findall("a:entry", ATOM))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('rel="self"', 'rel="selves"'),
        ("<updated>", "<update>"),
        ('rel="http://opds-spec.org/acquisition', 'rel="http://example.org/acquisition-'),
        ("oai:shulu.internal:ebooks-001/book-1", "oai:shulu.internal:ebooks-001/book-2"),
        ("</feed>", ""),
    ],
)
def test_a_broken_feed_is_noticed(reader: Reader, right: str, wrong: str) -> None:
    text = reader.get("/opds/collections/ebooks").text
    assert right in text
    broken = text.replace(right, wrong).replace(
        "</updated>", "</update>" if "update>" in wrong else "</updated>"
    )
    if wrong:
        first = broken if right.startswith(("<", 'rel="self')) else text.replace(right, wrong, 1)
        tree = etree.fromstring(first.encode())
        assert list(faults(tree))
    else:
        assert feedparser.parse(broken.encode()).bozo


def _follow(reader: Reader, path: str) -> Iterator[etree._Element]:
    while path:
        tree = etree.fromstring(reader.get(path).data)
        yield tree
        path = next((one.get("href") for one in tree.findall("a:link[@rel='next']", ATOM)), "")


def test_pages_lead_to_each_other_and_to_everything(reader: Reader) -> None:
    pages = list(_follow(reader, "/opds/collections/government-information"))
    identifiers = [one.text for page in pages for one in page.findall("a:entry/a:id", ATOM)]
    total = int(pages[0].findtext("os:totalResults", "", ATOM))
    assert len(identifiers) == len(set(identifiers)) == total == 443
    assert [page.findtext("os:startIndex", "", ATOM) for page in pages] == [str(1 + 50 * n) for n in range(9)]
    last = {one.get("rel"): one.get("href") for one in pages[-1].findall("a:link", ATOM)}
    assert "next" not in last
    assert last["previous"].endswith("?page=8")
    assert last["last"] == last["self"]
    assert last["first"].endswith("/government-information")


def test_books_can_be_had(site: Site, reader: Reader) -> None:
    found = feedparser.parse(reader.get(f"/opds/search?q={quote('三国演义')}").data).entries[0]
    assert (found.title, found.author, found.rights) == ("三国演义", "罗贯中", "Public domain")
    assert found.id == "oai:shulu.internal:ebooks-001/sanguo"
    link = next(one for one in found.links if one.rel == "http://opds-spec.org/acquisition/open-access")
    answer = ask(site.port, link.href)
    assert answer.status == 200
    assert answer.headers["content-type"] == link.type == "application/epub+zip"
    assert len(answer.body) == int(link.length)
    entry = feedparser.parse(reader.get("/opds/entries/ebooks-001/sanguo").data)
    assert not entry.bozo


def test_page_images_come_one_by_one(site: Site, reader: Reader) -> None:
    tree = etree.fromstring(reader.get("/opds/entries/journals-001/issue-1").data)
    link = tree.find("a:link[@rel='http://vaemendis.net/opds-pse/stream']", ATOM)
    assert link.get("{http://vaemendis.net/opds-pse/ns}count") == "5"
    lead = ask(site.port, link.get("href").replace("{pageNumber}", "4"))
    assert lead.status == 302
    image = ask(site.port, lead.headers["location"])
    assert (image.status, image.headers["content-type"]) == (200, link.get("type"))
    assert ask(site.port, link.get("href").replace("{pageNumber}", "5")).status == 404
    assert ask(site.port, "/opds/pages/ebooks-001/sanguo/0").status == 404


def test_the_search_is_described(reader: Reader) -> None:
    tree = etree.fromstring(reader.get("/opds/opensearch.xml").data)
    templates = {one.get("type"): one.get("template") for one in tree.findall("os:Url", ATOM)}
    assert all("{searchTerms}" in template for template in templates.values())
    atom = templates["application/atom+xml;profile=opds-catalog;kind=acquisition"]
    assert atom.startswith(ADDRESS)
    asked = atom.removeprefix(ADDRESS).replace("{searchTerms}", quote("唐诗")).replace("{startPage?}", "2")
    found = etree.fromstring(reader.get(asked).data)
    assert found.findtext("os:startIndex", "", ATOM) == "21"


def test_hostile_words_are_but_words(reader: Reader) -> None:
    entry = feedparser.parse(reader.get("/opds/entries/ebooks-001/hostile").data)
    assert not entry.bozo
    tree = etree.fromstring(reader.get("/opds/entries/ebooks-001/hostile").data)
    for name in ("title", "summary", "author/a:name", "rights"):
        assert tree.findtext(f"a:{name}", "", ATOM) == SHOWN
    assert tree.find("a:category", ATOM).get("term").split() == SHOWN.split()
    assert not tree.findall(".//a:script", ATOM)


@pytest.mark.parametrize("path", FEEDS)
def test_opds_2_is_read_by_palace(reader: Reader, path: str) -> None:
    response = reader.get("/opds2" + path)
    assert response.headers["Content-Type"] == "application/opds+json"
    value = json.loads(response.data)
    assert judged(value) == []
    for publication in value.get("publications", ()):
        addresses = [link["href"] for link in publication["links"] if link["rel"] != "self"]
        assert not any(urlsplit(address).scheme for address in addresses)
        assert publication["images"]


def judged(value: dict[str, Any]) -> list[str]:
    logging.disable(logging.ERROR)
    try:
        return [str(error) for error in OPDS2FeedParserFactory().create().parse_json(value).errors]
    finally:
        logging.disable(logging.NOTSET)


def test_palace_refuses_what_is_no_feed(reader: Reader) -> None:
    def feed() -> dict[str, Any]:
        return json.loads(reader.get("/opds2/collections/ebooks").data)

    for change in (
        lambda value: value["publications"][0]["metadata"].pop("title"),
        lambda value: value["publications"][0]["metadata"].update(modified="now"),
        lambda value: value["links"][0].update(href="/opds2"),
        lambda value: value["metadata"].update(numberOfItems="many"),
    ):
        broken = feed()
        change(broken)
        assert judged(broken)


def test_both_versions_tell_the_same(reader: Reader) -> None:
    for path in FEEDS[1:]:
        old = etree.fromstring(reader.get("/opds" + path).data)
        new = json.loads(reader.get("/opds2" + path).data)
        identifiers = [one.text for one in old.findall("a:entry/a:id", ATOM)]
        assert [one["metadata"]["identifier"] for one in new["publications"]] == identifiers
        assert int(old.findtext("os:totalResults", "", ATOM)) == new["metadata"]["numberOfItems"]
    one = json.loads(reader.get("/opds2/publications/ebooks-001/hostile").data)
    assert one["metadata"]["title"] == HOSTILE


def test_the_audience_s_view_is_kept(reader: Reader, province: Reader) -> None:
    for way in ("/opds/entries/", "/opds2/publications/"):
        reader.get(f"{way}ebooks-001/book-5")
        province.get(f"{way}ebooks-001/book-5", 404)
        for who in (reader, province):
            who.get(f"{way}ebooks-001/book-4", 404)
            who.get(f"{way}ebooks-001/nobody", 404)
    reader.get("/opds/collections/nothing", 404)
    assert b"book-5" not in province.get("/opds/collections/ebooks").data
