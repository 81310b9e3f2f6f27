"""Every route of the application, for every audience: of what it may not read nothing is told anywhere.

The routes come from the application's own map: one that has no addresses here fails the test.
"""

from __future__ import annotations

import http.client
import re
import socket
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from hostile_walk import Walker
from portal_servers import READER, Answer, application, exporting, free_port, importing, web_server
from scope_content import BAGS, FILLING, TOKEN, WORD, made, make_counts, make_scopes

from shulu.catalogue.sorting import SORTS
from shulu.content.licence import SCOPES
from shulu.feeds.token import Token, write
from shulu.feeds.works import identifier
from shulu.portal.app import create_app

FORGED = {
    "X-Shulu-Audience": "lan",
    "X_Shulu_Audience": "lan",
    "X-Forwarded-For": READER,
    "X-Forwarded-Host": "lan",
    "X-Real-IP": READER,
    "Forwarded": f"for={READER};host=lan",
    "X-Original-URL": "/content/wenjin-recitation-001/files/zn001z/1.wav",
    "X-Accel-Redirect": "/content/wenjin-recitation-001/files/zn001z/1.wav",
    "Host": "lan",
    "Connection": "keep-alive, X-Shulu-Audience",
}
ALL = made()
pytestmark = pytest.mark.usefixtures("one_day")
LISTS = "ListRecords", "ListIdentifiers"
DELETED = re.compile(rb'<header status="deleted">.*?</header>', re.DOTALL)


def harvest(**named: str) -> str:
    return "/oai?" + urlencode(named)


def of_each(*forms: str) -> Callable[[], list[str]]:
    """Return addresses of each record, made of forms in which {bag}, {id} and {file} stand."""
    return lambda: [
        form.format(bag=one.bag, id=one.id, file=file)
        for one in ALL
        for form in forms
        for file in (one.files if "{file}" in form else one.files[:1])
    ]


def of_collections(root: str, *queries: str) -> Callable[[], list[str]]:
    return lambda: [f"{root}/{collection}{query}" for collection in BAGS for query in queries]


def searches(root: str, name: str = "q") -> list[str]:
    """Return what finds all records, and what finds each by each of its words."""
    words = [WORD, "xk", *(one.token(kind) for one in ALL for kind in "tf")]
    return [f"{root}?{name}={quote(word)}" for word in words]


def pages_of_search() -> list[str]:
    said = [("medium", value) for value in ("book", "pages", "picture", "video", "audio", "web", "other")]
    said += [
        ("year", "2014"),
        ("language", "zh"),
        ("page", "2"),
        *(("in", collection) for collection in BAGS),
    ]
    return [*searches("/search"), *(f"/search?{urlencode([('q', WORD), each])}" for each in said)]


def harvests() -> list[str]:
    """Return all questions of a harvester; those that name a record are asked in a test of their own, too."""
    prefix = {"metadataPrefix": "oai_dc"}
    found = [harvest(verb=verb) for verb in ("Identify", "ListSets", "ListMetadataFormats", "none")]
    for verb in LISTS:
        found.append(harvest(verb=verb, **prefix))
        found += [harvest(verb=verb, set=collection, **prefix) for collection in BAGS]
        for after in [("", "", ""), *((f"2000-{n:02}-01T00:00:00Z", ALL[n].bag, "") for n in range(1, 12))]:
            goes_on = write(Token("oai_dc", "", "9999", "", after, 1, 999))
            found.append(harvest(verb=verb, resumptionToken=goes_on))
    for one in ALL:
        name = identifier(one.bag, one.id)
        found += [harvest(verb="GetRecord", identifier=name, **prefix)]
        found += [harvest(verb="ListMetadataFormats", identifier=name)]
    return found


ADDRESSES: dict[str, Callable[[], list[str]]] = {
    "/": lambda: ["/"],
    "/collections/<collection_id>": lambda: [
        *of_collections("/collections", "", "?page=2", "?view=list", "?view=shelf", "?year=2014")(),
        *of_collections("/collections", *(f"?sort={sort}" for sort in SORTS))(),
        *(
            f"/collections/{one.collection}?creator={quote('作者')}%20{one.token(kind)}"
            for one in ALL
            for kind in "cs"
        ),
    ],
    "/children": lambda: ["/children", "/children?page=2"],
    "/search": pages_of_search,
    "/suggest": lambda: [
        *searches("/suggest"),
        *(f"/suggest?q={quote(begun)}" for begun in ("作者", "作者 zc")),
    ],
    "/about": lambda: ["/about"],
    "/content/<bag>/<path:_name>": of_each(
        "/content/{bag}/files/{file}",
        "/content/{bag}/files/{file}?v=1",
        "/content/{bag}@1/files/{file}",
        "/content/{bag}/{id}",
    ),
    "/items/<bag>/<record_id>": of_each(
        "/items/{bag}/{id}", "/items/{bag}/{id}?n=2", "/items/{bag}/{id}?as=both"
    ),
    "/items/<bag>/<record_id>/read": of_each(
        "/items/{bag}/{id}/read", "/items/{bag}/{id}/read?chapter=1", "/items/{bag}/{id}/read?n=2&page=2"
    ),
    "/topics": lambda: ["/topics"],
    "/topics/<name>": lambda: ["/topics/all"],
    "/librarian": lambda: ["/librarian"],
    "/librarian/receipt.svg": lambda: ["/librarian/receipt.svg"],
    "/shulu-allowed/<bag>/files/<path:name>": of_each("/shulu-allowed/{bag}/files/{file}"),
    "/static/<path:filename>": lambda: ["/static/css/base.css", *of_each("/static/{id}", "/static/{file}")()],
    "/opds": lambda: ["/opds"],
    "/opds/collections/<collection_id>": of_collections("/opds/collections", "", "?page=2"),
    "/opds/new": lambda: ["/opds/new"],
    "/opds/search": lambda: [*searches("/opds/search"), f"/opds/search?q={quote(WORD)}&page=2"],
    "/opds/entries/<bag>/<record_id>": of_each("/opds/entries/{bag}/{id}"),
    "/opds/pages/<bag>/<record_id>/<int:number>": of_each(
        "/opds/pages/{bag}/{id}/1", "/opds/pages/{bag}/{id}/2"
    ),
    "/opds/opensearch.xml": lambda: ["/opds/opensearch.xml"],
    "/opds2": lambda: ["/opds2"],
    "/opds2/collections/<collection_id>": of_collections("/opds2/collections", "", "?page=2"),
    "/opds2/new": lambda: ["/opds2/new"],
    "/opds2/search": lambda: [*searches("/opds2/search", "query"), f"/opds2/search?q={quote(WORD)}&page=2"],
    "/opds2/publications/<bag>/<record_id>": of_each("/opds2/publications/{bag}/{id}"),
    "/iiif/<bag>/<record_id>/manifest.json": of_each("/iiif/{bag}/{id}/manifest.json"),
    "/iiif/series.json": lambda: [
        f"/iiif/series.json?{urlencode({'name': one.series, 'in': one.collection})}" for one in ALL
    ],
    "/oai": harvests,
    "/sitemap.xml": lambda: ["/sitemap.xml"],
    "/sitemaps/<int:number>.xml": lambda: [f"/sitemaps/{n}.xml" for n in range(3)],
    "/robots.txt": lambda: ["/robots.txt"],
}
SILENT = {
    *("/about", "/robots.txt", "/sitemap.xml", "/librarian/receipt.svg", "/static/<path:filename>"),
    *("/shulu-allowed/<bag>/files/<path:name>", "/opds", "/opds2", "/opds/opensearch.xml"),
}
"""Routes that tell of no record, whoever asks."""


@dataclass(frozen=True)
class Scoped:
    """The ports by audience, that of a remote library as ``remote``."""

    ports: Mapping[str, int]
    store: Path

    def scope(self, audience: str) -> str:
        return "province" if audience == "remote" else audience


@pytest.fixture(scope="module")
def scoped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scoped]:
    folder = tmp_path_factory.mktemp("scopes")
    store = make_scopes(folder)
    make_counts(folder / "figures")
    ports = {"province": free_port(), "open": free_port()}
    with application(folder, store, folder / "topics") as sock:
        values = {
            "portal_store": str(store),
            "__portal_socket": str(sock),
            **exporting(ports["province"]),
            "portal_open_networks": ["127.0.0.0/8"],
            "portal_open_address": READER,
            "portal_open_port": ports["open"],
        }
        remote = importing(ports["province"])
        with web_server(folder, "hub", values) as lan, web_server(folder, "far", remote) as far:
            yield Scoped({"lan": lan, **ports, "remote": far}, store)


class Reader:
    """Asks by one connection, and notes of which records it was told."""

    def __init__(self, site: Scoped, audience: str, headers: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection(READER, site.ports[audience], timeout=20)
        self._headers = dict(headers)
        self.scope = site.scope(audience)
        self.told: set[int] = set()
        self.wrong: list[str] = []

    def ask(self, address: str) -> Answer:
        self._connection.request("GET", address, headers=self._headers)
        response = self._connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, headers, response.read())
        if answer.status >= 500:
            self.wrong.append(f"{address} answers {answer.status}")
        return answer

    def look(self, address: str) -> Answer:
        """Ask, and hold that nothing is told of records that this audience may not read."""
        answer = self.ask(address)
        body = answer.body
        if address.startswith("/oai"):
            body = DELETED.sub(b"", body)
        if address == "/librarian":
            # It repeats to the library's own people which addresses in their topics lead nowhere.
            body = re.sub("<dd>馆里没有这份资源[^<]*".encode(), b"", body)
        text = body.decode("utf-8", "replace") + "\n".join(answer.headers.values())
        asked = unquote(address)
        for found in TOKEN.finditer(unquote(text)):
            one = ALL[int(found[1]) - 1]
            if found[0] in asked:
                continue
            self.told.add(one.number)
            if not one.is_seen(self.scope):
                self.wrong.append(f"{address} ({answer.status}) tells {found[0]} of {one}")
        return answer

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def reader(scoped: Scoped, request: pytest.FixtureRequest) -> Iterator[Reader]:
    audience, forged = request.param
    made_one = Reader(scoped, audience, FORGED if forged else {})
    yield made_one
    made_one.close()


def test_each_route_is_walked_and_each_kind_of_licence() -> None:
    rules = {rule.rule for rule in create_app("/nowhere", "/nowhere").url_map.iter_rules()}
    assert rules == ADDRESSES.keys(), "a route without addresses here could tell what it may not"
    for scope in SCOPES:
        assert {one.is_seen(scope) for one in ALL} == {True, False}
        assert any(one.is_told_deleted(scope) for one in ALL)
    assert [one.number for one in ALL] == list(range(1, len(ALL) + 1))


def test_each_parameter_is_walked(scoped: Scoped) -> None:
    walker = Walker(create_app(str(scoped.store), str(scoped.store.parent / "topics")))
    said: dict[str, set[str]] = defaultdict(set)
    for addresses in ADDRESSES.values():
        for address in addresses():
            parted = urlsplit(address)
            walker.ask(unquote(parted.path), parted.query)
            said[walker.match(unquote(parted.path))[0]].update(parse_qs(parted.query))
    looked_for = {name: found - said[name] for name, found in walker.known.names.items()}
    assert {name: left for name, left in looked_for.items() if left and name != "static"} == {}


WALKS = [("lan", True), ("province", True), ("open", True), ("remote", True)]
named = pytest.mark.parametrize(
    "reader", WALKS, indirect=True, ids=["-".join((who, "forged" * how or "plain")) for who, how in WALKS]
)


@named
def test_no_route_tells_of_what_may_not_be_read(reader: Reader) -> None:
    silent = set()
    for rule, addresses in ADDRESSES.items():
        reader.told.clear()
        for address in addresses():
            reader.look(address)
        if not reader.told:
            silent.add(rule)
    assert reader.wrong == []
    # Had they told nothing at all, nothing would be shown here.
    assert silent == SILENT | (set() if reader.scope == "lan" else {"/librarian"})


@named
def test_what_may_not_be_read_is_not_found_rather_than_refused(reader: Reader) -> None:
    for one in ALL:
        seen = one.is_seen(reader.scope)
        for address in (f"/items/{one.bag}/{one.id}", f"/opds/entries/{one.bag}/{one.id}"):
            assert reader.ask(address).status == (200 if seen else 404), (address, one)
        for file in one.files:
            answer = reader.ask(f"/content/{one.bag}/files/{file}?v=1")
            assert answer.status == (200 if seen else 404), (file, one)
            assert (one.token("f").encode() in answer.body) == seen, (file, one)


@named
def test_counts_are_those_of_what_may_be_read(reader: Reader) -> None:
    seen = sum(one.is_seen(reader.scope) for one in ALL)
    found = reader.ask(f"/opds/search?q={quote(WORD)}").text
    assert f"totalResults>{seen}<" in found
    assert f'"numberOfItems":{seen}' in reader.ask(f"/opds2/search?query={quote(WORD)}").text.replace(" ", "")


@named
def test_a_harvester_is_told_deleted_alike_by_every_verb(reader: Reader) -> None:
    kept = {identifier(one.bag, one.id) for one in ALL if one.is_seen(reader.scope)}
    deleted = {identifier(one.bag, one.id) for one in ALL if one.is_told_deleted(reader.scope)}
    for verb in LISTS:
        said: dict[str, bool] = {}
        address, sizes = harvest(verb=verb, metadataPrefix="oai_dc"), set()
        while address:
            tree = ElementTree.fromstring(reader.look(address).body)  # noqa: S314 - made by the application under test
            for header in tree.iterfind(".//{*}header"):
                name = header.findtext("{*}identifier") or ""
                assert name not in said
                said[name] = header.get("status") == "deleted"
            goes_on = tree.find(".//{*}resumptionToken")
            assert goes_on is not None
            sizes.add(goes_on.get("completeListSize"))
            address = harvest(verb=verb, resumptionToken=goes_on.text) if goes_on.text else ""
        filling = {name for name in said if "/filling-" in name}
        assert len(filling) == FILLING
        assert {name for name, gone in said.items() if gone} == deleted
        assert said.keys() - filling == kept | deleted
        assert sizes == {str(len(said))}
    for one in ALL:
        name = identifier(one.bag, one.id)
        text = reader.look(harvest(verb="GetRecord", metadataPrefix="oai_dc", identifier=name)).text
        assert ("<metadata>" in text) == (name in kept)
        assert ('status="deleted"' in text) == (name in deleted)
        assert ("idDoesNotExist" in text) == (name not in kept | deleted)
    assert reader.wrong == []


@pytest.mark.parametrize("audience", ["open", "province"])
def test_no_name_of_a_host_leads_to_another_listener(scoped: Scoped, audience: str) -> None:
    hidden = next(one for one in ALL if one.collection == "wenjin-recitation")
    path = f"/content/{hidden.bag}/files/{hidden.files[0]}"
    lines = [f"GET {path} HTTP/1.0"]
    for host in ("lan", "localhost", "portal", READER, f"{READER}:{scoped.ports['lan']}"):
        lines.append(f"GET {path} HTTP/1.1\r\nHost: {host}")
        lines.append(f"GET http://{host}{path} HTTP/1.1\r\nHost: {READER}")
    for line in lines:
        with socket.create_connection((READER, scoped.ports[audience])) as raw:
            raw.sendall(f"{line}\r\nX-Shulu-Audience: lan\r\nConnection: close\r\n\r\n".encode())
            said = b"".join(iter(lambda: raw.recv(1 << 16), b""))
        assert said.startswith(b"HTTP/1.1 404 "), (line, said[:200])
        assert hidden.token("f").encode() not in said
