"""OAI-PMH: a harvester that others wrote gathers everything; every answer against the protocol's schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from feeds_content import GONE, HOSTILE, MANY, REVISED
from feeds_reader import ADDRESS, Reader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from portal_servers import Site, ask
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from shulu.feeds import token
from shulu.feeds.token import Token

XSD = Path(__file__).parents[2] / ".cache/judges/OAI-PMH.xsd"
NAMES = {"o": "http://www.openarchives.org/OAI/2.0/", "dc": "http://purl.org/dc/elements/1.1/"}
LIST = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD))


@pytest.fixture(scope="module")
def valid(reader: Reader, schema: etree.XMLSchema):
    def get(**arguments: str) -> etree._Element:
        response = reader.get("/oai?" + urlencode(arguments))
        tree = etree.fromstring(response.data)
        schema.assertValid(tree)
        return tree

    return get


def error(tree: etree._Element) -> str:
    return tree.find("o:error", NAMES).get("code")


@pytest.mark.parametrize(
    "arguments",
    [
        {"verb": "Identify"},
        {"verb": "ListMetadataFormats"},
        {"verb": "ListMetadataFormats", "identifier": "oai:shulu.internal:ebooks-001/sanguo"},
        {"verb": "ListSets"},
        {
            "verb": "GetRecord",
            "metadataPrefix": "oai_dc",
            "identifier": "oai:shulu.internal:ebooks-001/hostile",
        },
        LIST,
        {**LIST, "verb": "ListRecords"},
        {**LIST, "verb": "ListRecords", "set": "ebooks"},
        {**LIST, "from": "2020-01-01", "until": "2099-12-31"},
        {**LIST, "from": "2020-01-01T00:00:00Z"},
    ],
)
def test_every_verb_answers_by_the_schema(valid, arguments: dict[str, str]) -> None:
    tree = valid(**arguments)
    assert tree.find("o:error", NAMES) is None
    assert tree.find("o:" + arguments["verb"], NAMES) is not None
    assert tree.findtext("o:request", None, NAMES) == f"{ADDRESS}/oai"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "identify"}, "badVerb"),
        ({"verb": "Identify", "set": "ebooks"}, "badArgument"),
        ({"verb": "ListIdentifiers"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({**LIST, "from": "2014"}, "badArgument"),
        ({**LIST, "from": "2014-02-30"}, "badArgument"),
        ({**LIST, "from": "2014-01-01", "until": "2014-01-01T00:00:00Z"}, "badArgument"),
        ({**LIST, "from": "2015-01-01", "until": "2014-01-01"}, "badArgument"),
        ({**LIST, "metadataPrefix": "a b"}, "badArgument"),
        ({**LIST, "resumptionToken": "x"}, "badArgument"),
        ({**LIST, "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
        ({**LIST, "set": "nothing"}, "noRecordsMatch"),
        ({**LIST, "until": "2000-01-01"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "x<y"}, "idDoesNotExist"),
        (
            {"verb": "ListMetadataFormats", "identifier": "oai:shulu.internal:ebooks-001/nobody"},
            "idDoesNotExist",
        ),
    ],
)
def test_errors_have_the_protocol_s_codes(valid, arguments: dict[str, str], code: str) -> None:
    tree = valid(**arguments)
    assert error(tree) == code
    assert not (code in {"badVerb", "badArgument"} and tree.find("o:request", NAMES).attrib)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"transient", b"sometimes"),
        (b"baseURL>", b"base>"),
        (b"@shulu.internal", b" at home"),
        (b"2.0<", b"2<"),
    ],
)
def test_the_schema_refuses_what_is_no_answer(
    reader: Reader, schema: etree.XMLSchema, right: bytes, wrong: bytes
) -> None:
    body = reader.get("/oai?verb=Identify").data
    assert right in body
    assert not schema.validate(etree.fromstring(body.replace(right, wrong)))


def test_a_repeated_argument_is_refused(reader: Reader) -> None:
    body = reader.get("/oai?verb=Identify&verb=Identify").data
    assert error(etree.fromstring(body)) == "badVerb"
    body = reader.get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=a&set=b").data
    assert error(etree.fromstring(body)) == "badArgument"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_harvester_gathers_everything(site: Site, method: str) -> None:
    sickle = Sickle(f"http://127.0.0.1:{site.port}/oai", http_method=method)
    assert sickle.Identify().baseURL == f"http://127.0.0.1:{site.port}/oai"
    assert sickle.Identify().repositoryName == "临江县图书馆"
    found = list(sickle.ListRecords(metadataPrefix="oai_dc"))
    identifiers = [record.header.identifier for record in found]
    assert len(set(identifiers)) == len(identifiers)
    deleted = {record.header.identifier for record in found if record.deleted}
    numbers = range(MANY - GONE + 1, MANY + 1)
    gone = {f"oai:shulu.internal:government-information-001/notice-{n:04}" for n in numbers}
    # Taken out of its bag, or its licence ended.
    assert deleted == {*gone, "oai:shulu.internal:ebooks-001/book-4"}
    notices = [one for one in found if "government-information" in one.header.setSpecs]
    assert len(notices) == MANY
    titles = {one.metadata["title"][0] for one in found if not one.deleted}
    assert {"三国演义", "大运河", "静夜思", REVISED} <= titles
    sets = {one.setSpec for one in sickle.ListSets()}
    assert sets == {spec for one in found for spec in one.header.setSpecs}
    one_set = list(sickle.ListIdentifiers(metadataPrefix="oai_dc", set="ebooks"))
    assert {one.setSpecs[0] for one in one_set} == {"ebooks"}
    total = found_total(site)
    assert total == len(found)


def found_total(site: Site) -> int:
    text = ask(site.port, "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc").text
    said = re.search(r'<resumptionToken completeListSize="(\d+)" cursor="0">', text)
    assert said is not None
    return int(said[1])


def test_a_harvest_goes_on_from_the_last(site: Site) -> None:
    sickle = Sickle(f"http://127.0.0.1:{site.port}/oai")
    found = list(sickle.ListIdentifiers(metadataPrefix="oai_dc", ignore_deleted=True))
    moments = sorted({one.datestamp for one in found})
    assert len(moments) == 2
    changed = list(sickle.ListRecords(**{"from": moments[1], "metadataPrefix": "oai_dc"}))
    assert [one.metadata["title"] for one in changed if not one.deleted] == [[REVISED]]
    assert len([one for one in changed if one.deleted]) == GONE
    before = list(sickle.ListIdentifiers(until=moments[0], metadataPrefix="oai_dc", ignore_deleted=True))
    assert len(before) == len(found) - 1
    with pytest.raises(NoRecordsMatch):
        list(sickle.ListIdentifiers(until="2001-01-01", metadataPrefix="oai_dc"))


def test_a_list_that_fills_its_answers_has_no_empty_end(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shulu.feeds.oai.SIZE", GONE)
    counts = list(_pages(reader, {**LIST, "set": "old-photographs"}))
    assert counts == [7]
    monkeypatch.setattr("shulu.feeds.oai.SIZE", 50)
    counts = list(_pages(reader, {**LIST, "set": "government-information"}))
    assert counts == [50] * (MANY // 50)


def _pages(reader: Reader, arguments: dict[str, str]) -> Iterator[int]:
    while True:
        tree = etree.fromstring(reader.get("/oai?" + urlencode(arguments)).data)
        assert tree.find("o:error", NAMES) is None
        yield len(tree.findall(".//o:header", NAMES))
        text = tree.findtext(".//o:resumptionToken", "", NAMES)
        if not text:
            return
        arguments = {"verb": "ListIdentifiers", "resumptionToken": text}


def test_the_audience_s_view_is_kept(reader: Reader, province: Reader) -> None:
    """For readers of other libraries what is for the LAN alone never was."""
    query = "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:shulu.internal:ebooks-001/"
    for name, here, there in (
        ("book-5", "", "idDoesNotExist"),
        ("book-4", "", "idDoesNotExist"),
        ("sanguo", "", ""),
    ):
        for who, code in ((reader, here), (province, there)):
            tree = etree.fromstring(who.get(query + name).data)
            assert (error(tree) if tree.find("o:error", NAMES) is not None else "") == code
    lapsed = etree.fromstring(reader.get(query + "book-4").data)
    assert lapsed.find(".//o:header", NAMES).get("status") == "deleted"
    assert lapsed.find(".//o:metadata", NAMES) is None


def test_hostile_words_are_but_words(reader: Reader) -> None:
    query = "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:shulu.internal:ebooks-001/hostile"
    tree = etree.fromstring(reader.get(query).data)
    assert tree.findtext(".//dc:title", None, NAMES) == HOSTILE.replace("\ufffe", "")


MADE = st.builds(
    Token,
    st.sampled_from(["oai_dc", "x"]) | st.text(max_size=5),
    st.sampled_from(["", "2020-01-01T00:00:00Z"]) | st.text(max_size=8),
    st.sampled_from(["9999", "2099-01-01T00:00:00Z"]) | st.text(max_size=8),
    st.sampled_from(["", "ebooks"]) | st.text(max_size=8),
    st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)),
    st.integers(),
    st.integers(),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda raw: raw.hex()) | MADE.map(token.write))
def test_no_token_brings_a_list_down(reader: Reader, text: str) -> None:
    query = urlencode({"verb": "ListRecords", "resumptionToken": text}, errors="replace")
    tree = etree.fromstring(reader.get(f"/oai?{query}").data)
    found = tree.find("o:error", NAMES)
    assert found is None or found.get("code") == "badResumptionToken"


@settings(max_examples=200, deadline=None)
@given(MADE.filter(lambda made: 0 < made.cursor < 1 << 40 and 0 <= made.total < 1 << 40), st.data())
def test_a_token_comes_back_and_a_damaged_one_does_not(made: Token, data: st.DataObject) -> None:
    text = token.write(made)
    assert re.fullmatch("[A-Za-z0-9_-]+", text)
    assert token.read(text) == made
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("AZaz09_-").filter(lambda one: one != text[place]))
    with pytest.raises(token.Bad):
        token.read(text[:place] + other + text[place + 1 :])
