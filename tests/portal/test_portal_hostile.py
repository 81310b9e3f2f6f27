"""Every route of the application asked in ways that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_content import EVIL
from hostile_input import ODD_HEADERS, SANE
from hostile_walk import Known, Walker, encoded, judge_page
from hypothesis import given, settings
from hypothesis import strategies as st

from shulu.portal.app import create_app

SPECIAL = (
    *("", "\0", "a\0b", "0", "-1", "1e9", "٣", "９９", "²", "9" * 20, "9" * 400, "NaN", "0x10", "1.5", " 1 "),
    *("[]", '{"a": 1}', "' OR 1=1 --", '"', '"a', 'a" OR "b', "title : x", "NEAR(a b, 2)", "*", "a*", "^a"),
    *(
        "-a",
        "(",
        "AND",
        "OR NOT",
        "{title} : x",
        "../../proc/self/environ",
        "..\\..",
        "%00",
        "%",
        "%zz",
        "%2e%2e%2f",
    ),
    *("\r\nX-Zq: 1\r\n\r\n<zqtag>", EVIL, "{{7*7}}", "{% for %}", "\ud800", "\udfff\ud800", "\U0010ffff"),
    *(
        "\ufdd0",
        "\ufdfa" * 90,
        "a" * 5000,
        "的" * 3000,
        "\u0301" * 500,
        "\u202e",
        "\ufeff",
        "İ" * 90,
        "ß" * 100,
    ),
    *(
        "2014-13-45",
        "2014-02-30T99:99:99Z",
        "0000-00-00",
        "9999-99-99",
        "10000-01-01",
        "-2014",
        "lan",
        "open",
    ),
    *("Identify", "ListRecords", "ListIdentifiers", "ListSets", "ListMetadataFormats", "GetRecord", "oai_dc"),
    *("oai:x:ebooks-001/evil", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "a," * 3000, "🀄" * 99),
)
HARVESTS = [
    f"/oai?{encoded(named)}"
    for named in (
        [("verb", "Identify")],
        [("verb", "ListSets")],
        [("verb", "ListMetadataFormats"), ("identifier", "ebooks-001/evil")],
        [("verb", "ListRecords"), ("metadataPrefix", "oai_dc"), ("set", "ebooks")],
        [
            ("verb", "ListIdentifiers"),
            ("metadataPrefix", "oai_dc"),
            ("from", "2000-01-01"),
            ("until", "2999-01-01"),
        ],
        [("verb", "GetRecord"), ("metadataPrefix", "oai_dc"), ("identifier", "ebooks-001/evil")],
    )
]
"""What a harvester asks: no page leads there."""
garbage = st.sampled_from(SPECIAL) | st.text(st.characters(), max_size=60)


@pytest.fixture(scope="session")
def walker(hostile_store: Path) -> Walker:
    return Walker(create_app(str(hostile_store), str(hostile_store.parent / "topics")))


@pytest.fixture(scope="session")
def crawled(walker: Walker, secrets: list[bytes]) -> list[str]:
    return walker.crawl(secrets, HARVESTS)


def test_whatever_the_pages_of_a_hostile_release_lead_to_is_harmless(
    walker: Walker, crawled: list[str]
) -> None:
    assert crawled == []
    known = walker.known
    assert len(known.good["items.item"]) > 20
    assert {"q", "in", "medium", "year", "language", "page"} <= known.names["pages.search"]
    for endpoint in ("topics.page", "pages.collection", "reading.read", "librarian.receipt"):
        assert known.good[endpoint]


def test_pages_that_did_not_escape_would_be_noticed(hostile_store: Path) -> None:
    app = create_app(str(hostile_store), str(hostile_store.parent / "topics"))
    app.jinja_env.autoescape = False
    wrong = "\n".join(Walker(app).crawl(limit=60))
    for problem in ("<zqtag", "a script without a file", "onerror", "leads to"):
        assert problem in wrong


@st.composite
def _asked(draw: st.DrawFn, walker: Walker) -> tuple[str, str, str, dict[str, str]]:
    known: Known = walker.known
    rule = draw(st.sampled_from(walker.rules()))
    values = {}
    for name in sorted(rule.arguments):
        good = st.sampled_from(sorted(known.values.get(name, set())) or ["x"])
        values[name] = draw(good | garbage)
    path = rule.rule
    for name, value in values.items():
        for converter in ("", "path:", "int:", "string:"):
            path = path.replace(f"<{converter}{name}>", value)
    names = st.sampled_from(sorted(known.names.get(rule.endpoint, set())) or ["q"])
    pair = st.one_of(
        st.tuples(names, garbage),
        names.flatmap(
            lambda name: st.tuples(
                st.just(name), st.sampled_from(sorted(known.values.get(name, set())) or [""])
            )
        ),
        st.tuples(names.map(lambda name: f"{name}[]"), garbage),
        st.tuples(garbage, garbage),
    )
    pairs = draw(st.lists(pair, max_size=6))
    if pairs and draw(st.booleans()):
        pairs.append((pairs[0][0], draw(garbage)))
    headers = dict(draw(st.lists(st.sampled_from(ODD_HEADERS), max_size=2)))
    method = draw(st.sampled_from(("GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE")))
    return path, encoded(pairs), method, headers


@pytest.mark.usefixtures("crawled")
@settings(SANE, max_examples=400)
@given(st.data())
def test_no_question_makes_the_application_fail_or_tell(
    walker: Walker, secrets: list[bytes], data: st.DataObject
) -> None:
    path, query, method, headers = data.draw(_asked(walker))
    sent = {name: value for name, value in headers.items() if "\r" not in value}
    status, named, body = walker.ask(path, query, method, sent)
    told = [] if walker.match(path)[0] == "librarian.page" else secrets
    assert judge_page(status, named, body if method != "HEAD" else b"", told) == []
    if method not in {"GET", "HEAD"}:
        assert status in {200, 404, 405}
        assert status != 200 or method == "OPTIONS" or method in walker.methods(path)
