"""Every scope and term, at every listener, on every way to a file: what is not permitted does not exist."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from portal_content import png, publish
from portal_servers import READER, Answer, Site, ask, serving

from shulu.catalogue import readers
from shulu.catalogue.catalogue import Catalogue
from shulu.cli.main import main
from shulu.content.assemble import Terms
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence, today
from shulu.content.pack import pack
from shulu.portal.app import create_app

DAY = timedelta(1)
OPENED_ANEW = 2.1
"""Seconds after which the web server looks again at what it holds open."""
# Scopes, and how many days from today the last day is.
# One collection each: what its bag permits.
LICENCES: dict[str, tuple[str, int | None]] = {
    "ebooks": ("lan", None),
    "classics": ("province", None),
    "journals": ("open", None),
    "new-year-prints": ("open", -1),
    "old-photographs": ("open", 0),
    "minority-pictures": ("province", 1),
    # Records of this bag have licences of their own.
    "government-information": ("province", None),
    "minority-video": ("lan", -1),
}
MIXED = "government-information"
OWN: dict[str, tuple[str, int | None] | None] = {
    "for-all": None,
    "for-lan": ("lan", None),
    "wider": ("open", None),
    "over": ("open", -1),
    "last-day": ("province", 0),
}
LAN = {"ebooks", "classics", "journals", "old-photographs", "minority-pictures", MIXED}
PROVINCE = LAN - {"ebooks"}
LAN_RECORDS, PROVINCE_RECORDS = {"for-all", "for-lan", "wider", "last-day"}, {"for-all", "wider", "last-day"}
SEARCH = f"/search?q={quote('许可')}"
OPEN = f"/content/{MIXED}-001/files/for-all/{quote('文 1%20#&+.txt')}"
FORGED = {
    "X-Shulu-Audience": "lan",
    "X_Shulu_Audience": "lan",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=portal",
    "X-Forwarded-Host": "127.0.0.1",
    "X-Original-URL": "/content/ebooks-001/files/ebooks.txt",
    "X-Accel-Redirect": "/content/ebooks-001/files/ebooks.txt",
    "Host": "lan",
    "Connection": "X-Shulu-Audience",
}
pytestmark = pytest.mark.usefixtures("one_day")


def licence(scope: str, days: int | None) -> Licence:
    return Licence(scope, None if days is None else today() + days * DAY)


def raw(scope: str, days: int | None) -> dict[str, str]:
    return {"scope": scope} | ({} if days is None else {"until": f"{today() + days * DAY}"})


def records() -> dict[str, list[dict[str, object]]]:
    """Return the records of each collection; every title has the word 许可 and its own name."""
    found: dict[str, list[dict[str, object]]] = {
        name: [{"id": name, "title": f"许可 {name}", "files": [f"{name}.txt", f"{name}.png"]}]
        for name in LICENCES
        if name != MIXED
    }
    found[MIXED] = [
        {"id": name, "title": f"许可 {name}", "files": [f"{name}/文 1%20#&+.txt"]}
        | ({"licence": raw(*own)} if own else {})
        for name, own in OWN.items()
    ]
    found[MIXED].append(
        {"id": "hidden", "title": "许可 hidden", "licence": {"scope": "lan"}, "files": ["hidden.txt"]}
    )
    return found


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack and publish all of it; return the store."""
    folder = tmp_path_factory.mktemp("licences")
    for collection, items in records().items():
        files = folder / "sources" / collection / "files"
        for item in items:
            for name in item["files"]:  # type: ignore[attr-defined]
                path = files / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix == ".png":
                    path.write_bytes(png(40, 40, (200, 100, 50)))
                else:
                    path.write_text(f"content of {name}\n" * 9)
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        (files.parent / "records.jsonl").write_text(lines)
        pack(files.parent, folder / "packed", Options(collection, "1", processes=1))
    terms = Terms(licences={name: licence(*one) for name, one in LICENCES.items()})
    publish(folder / "store", folder / "packed", 1, terms)
    return folder / "store"


@pytest.fixture(scope="module")
def both(licensed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve it at a listener for readers and at one for remote libraries."""
    with serving(tmp_path_factory.mktemp("licensed-site"), licensed) as one:
        yield one


def listener(site: Site, audience: str) -> int:
    return site.port if audience == "lan" else site.export


def ways(collection: str) -> list[str]:
    bag = f"/content/{collection}-001/files/{collection}"
    return [f"{bag}.txt", f"{bag}.txt?v=1", f"{bag}.png", f"{bag}.png?v=1"]


def is_hidden(answer: Answer) -> bool:
    return answer.status == 404 and b"content of" not in answer.body and b"PNG" not in answer.body


@pytest.mark.parametrize("forged", [{}, FORGED], ids=["plain", "forged"])
@pytest.mark.parametrize("audience", ["lan", "province"])
def test_files_of_bags_are_sent_as_their_licence_says(
    both: Site, audience: str, forged: dict[str, str]
) -> None:
    port, seen = listener(both, audience), LAN if audience == "lan" else PROVINCE
    for collection in LICENCES.keys() - {MIXED}:
        for way in ways(collection):
            for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})):
                answer = ask(port, way, {**forged, **headers}, method=method)
                if collection in seen:
                    assert answer.status in {200, 206}, (way, method)
                else:
                    assert is_hidden(answer), (way, method)


@pytest.mark.parametrize("forged", [{}, FORGED], ids=["plain", "forged"])
@pytest.mark.parametrize("audience", ["lan", "province"])
def test_files_of_records_are_sent_as_their_own_licence_says(
    both: Site, audience: str, forged: dict[str, str]
) -> None:
    port = listener(both, audience)
    seen = LAN_RECORDS if audience == "lan" else PROVINCE_RECORDS
    for name in OWN:
        path = OPEN.replace("for-all", name)
        for version in ("", "?v=1"):
            for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})):
                answer = ask(port, path + version, {**forged, **headers}, method=method)
                if name in seen:
                    assert answer.status == (206 if headers else 200), (name, method)
                    assert "content-security-policy" in answer.headers
                else:
                    assert is_hidden(answer), (name, method)
    for version in ("2", "1@1", "..", "%2e", "1/../1"):
        assert ask(port, f"{OPEN}?v={version}").status == 404


@pytest.mark.parametrize("audience", ["lan", "province"])
def test_pages_and_search_know_what_is_permitted_and_nothing_else(both: Site, audience: str) -> None:
    port = listener(both, audience)
    bags, rows = (LAN, LAN_RECORDS) if audience == "lan" else (PROVINCE, PROVINCE_RECORDS)
    for collection in LICENCES.keys() - {MIXED}:
        expected = 200 if collection in bags else 404
        assert ask(port, f"/collections/{collection}", FORGED).status == expected
        assert ask(port, f"/items/{collection}-001/{collection}", FORGED).status == expected
        if collection not in bags:
            for page in (
                "/",
                f"/search?q={quote('许可')}",
                f"/suggest?q={quote('许可')}",
                "/about",
                "/librarian",
            ):
                assert f"{collection}-001" not in ask(port, page, FORGED).text, page
    found = ask(port, f"/search?q={quote('许可')}", FORGED).text
    for name in OWN:
        expected = 200 if name in rows else 404
        assert ask(port, f"/items/{MIXED}-001/{name}", FORGED).status == expected
        assert (f"/items/{MIXED}-001/{name}" in found) == (name in rows)
        assert ask(port, f"/items/{MIXED}-001/{name}/read", FORGED).status == expected


@pytest.mark.parametrize(
    "path",
    [
        "hidden.TXT",
        "Hidden.txt",
        "hidden.txt.",
        "hidden.txt%20",
        "hidden.txt::$DATA",
        "hidden%2Etxt",
        "%68idden.txt",
        ".//hidden.txt",
        "./hidden.txt",
        "for-all/../hidden.txt",
        "for-all%2F..%2Fhidden.txt",
        "for-all/%2e%2e/hidden.txt",
        "hidden.txt/",
        "hidden.txt%2500",
        "hidden.txt%0a",
        "hidden.txt%0d%0aX-Shulu-Audience:%20lan",
        "hidden.txt%3Fv=1",
        "hidden.txt?v=1&v=2",
        "hidden.txt;v=1",
        "%C0%AEhidden.txt",
        "ｈidden.txt",
        "for-all/../../files/hidden.txt",
    ],
)
def test_no_spelling_of_a_path_opens_another_file(both: Site, path: str) -> None:
    for prefix in (
        f"/content/{MIXED}-001/files/",
        f"//content/{MIXED}-001/files/",
        f"/content//{MIXED}-001//files/",
    ):
        answer = ask(both.export, prefix + quote(path, safe="/%?=&;:$"))
        assert answer.status in {400, 404}, prefix
        assert b"content of" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        f"/shulu-allowed/{MIXED}-001/files/hidden.txt",
        f"/shulu-asked/content/{MIXED}-001/files/hidden.txt",
        f"/content/{MIXED}-001@1/files/hidden.txt",
        f"/content/../readers/lan/{MIXED}-001/data/files/hidden.txt",
        "/readers/lan/ebooks-001/data/files/ebooks.txt",
        "/content/ebooks-001/files/ebooks.txt?v=1/../../ebooks-001",
        "/content/ebooks-001/files/ebooks.txt?v=",
        "/content/lan-asked/files/x",
    ],
)
def test_no_other_address_opens_what_is_not_permitted(both: Site, path: str) -> None:
    assert is_hidden(ask(both.export, path, FORGED))


def answers(client: FlaskClient, names: Iterable[str]) -> list[int]:
    """Return what the web server is answered for names of bags and files, for each audience."""
    return [
        client.get(f"/shulu-allowed/{name}", headers={"X-Shulu-Audience": audience}).status_code
        for name in names
        for audience in ("lan", "province")
    ]


def test_made_up_names_neither_fill_nor_empty_what_is_remembered(
    licensed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    for name in ("licences", "files"):
        real = getattr(Catalogue, name)
        monkeypatch.setattr(
            Catalogue, name, lambda *given, real=real, name=name: looked.append(name) or real(*given)
        )
    monkeypatch.setattr("shulu.portal.live._MOST_REMEMBERED", 20)
    app = create_app(str(licensed))
    client = app.test_client()
    names = [f"{MIXED}-001/files/{name}/{quote('文 1%20#&+.txt')}" for name in OWN]
    expected = [204 if name in seen else 401 for name in OWN for seen in (LAN_RECORDS, PROVINCE_RECORDS)]
    assert client.get("/").status_code == 200
    assert answers(client, names) == expected
    remembered = app.extensions["live"].remembered
    kept = remembered("kept", object)
    looked.clear()
    made_up = [f"made-up-{n:03}/files/x" for n in range(50)] + ["ebooks-001/files/ebooks.txt"]
    assert set(answers(client, made_up)) == {401}
    assert answers(client, names) == expected
    assert remembered("kept", object) is kept
    assert looked == []


def test_headers_that_are_said_twice_change_nothing(both: Site) -> None:
    connection = http.client.HTTPConnection(READER, both.export, timeout=20)
    connection.putrequest("GET", "/items/ebooks-001/ebooks")
    for audience in ("lan", "province", "open", "lan"):
        connection.putheader("X-Shulu-Audience", audience)
    connection.endheaders()
    assert connection.getresponse().status == 404
    connection.close()


def test_a_day_later_the_links_are_others(licensed: Path) -> None:
    folder = (licensed / "live").resolve()
    before = links(folder)
    assert not readers.link(folder, today())
    try:
        assert readers.link(folder, today() + DAY)
        gone = before - links(folder)
        assert {name.partition("/")[2].partition("@")[0] for name in gone} == {"old-photographs-001"}
        assert readers.link(folder, today() + 2 * DAY)
        assert not any("minority-pictures" in name for name in links(folder))
    finally:
        readers.link(folder, today())
    assert links(folder) == before


def links(folder: Path) -> set[str]:
    return {path.relative_to(folder / "readers").as_posix() for path in (folder / "readers").glob("*/*")}


def test_without_links_nothing_is_sent(both: Site) -> None:
    """A store that an older program filled has none, until ``renew`` makes them."""
    readers.close((both.store / "live").resolve())
    time.sleep(OPENED_ANEW)
    paths = [ways("journals")[0], OPEN]
    assert [ask(both.port, path).status for path in paths] == [404, 404]
    assert readers.renew(both.store) == "1-1: renewed"
    time.sleep(OPENED_ANEW)
    assert [ask(both.port, path).status for path in paths] == [200, 200]
    assert readers.renew(both.store) == "1-1: unchanged"


def test_a_catalogue_that_is_another_program_s_is_built_anew(licensed: Path) -> None:
    folder = (licensed / "live").resolve()
    (folder / "catalogue.db").chmod(0o644)
    (folder / "catalogue.db").write_bytes(b"none of ours")
    before = links(folder)
    assert readers.renew(licensed) == "1-1: renewed"
    assert links(folder) == before


def test_what_cannot_be_judged_is_not_sent(licensed: Path, tmp_path: Path) -> None:
    folder = (licensed / "live").resolve()
    release = (folder / "release.json").read_bytes()
    (folder / "catalogue.db").unlink()
    (folder / "release.json").write_bytes(b"{}")
    try:
        with pytest.raises(Exception, match=r"release\.json"):
            readers.renew(licensed)
        assert not links(folder)
    finally:
        (folder / "release.json").write_bytes(release)
        readers.renew(licensed)
    assert links(folder)
    assert readers.renew(tmp_path) == "nothing is live yet"


def test_the_command_renews_and_tells_what_lapses(
    licensed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "agent.toml"
    lines = {"library": "990101", "name": "县馆", "route": "disk", "store": licensed, "state": tmp_path}
    lines |= {"trust": tmp_path, "key": tmp_path / "key"}
    config.write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()))
    words = ["licence", "--config", str(config)]
    assert main([*words, "renew"]) == 0
    assert capsys.readouterr().out == "1-1: unchanged\n"
    assert main([*words, "lapsing", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["until"], row["bag"], row["records"]) for row in rows] == [
        (f"{today()}", f"{MIXED}-001", 1),
        (f"{today()}", "old-photographs-001", 1),
        (f"{today() + DAY}", "minority-pictures-001", 1),
    ]
    assert main(["status", "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lapsing"] == rows
    assert main(["status", "--config", str(config)]) == 0
    said = capsys.readouterr().out
    assert f"lapsing   3 records within 60 days, first of {MIXED}-001 after {today()}\n" in said
    assert main([*words, "lapsing", "--days", "0"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{today()}  {MIXED}-001  1 records",
        f"{today()}  old-photographs-001  1 records",
    ]
