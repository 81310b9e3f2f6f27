"""The commands that make a release, from sources to a checked signature and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shulu.chinese import chinese
from shulu.cli.main import main
from shulu.content.assemble import newest

Say = Callable[..., tuple[int, str]]


@pytest.fixture
def shulu(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command; return its exit code and all that it said."""

    def run(*words: object) -> tuple[int, str]:
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def place(tmp_path: Path, shulu: Say) -> Path:
    """A folder with packed bags in ``release/`` and a key in ``keys/``."""
    for collection in ("ebooks", "journals"):
        folder = tmp_path / collection
        (folder / "files").mkdir(parents=True)
        rows = ["id,title,files"]
        for name in ("a", "b"):
            (folder / f"files/{name}.txt").write_text(f"{collection} {name}")
            rows.append(f"{name},{name.upper()},{name}.txt")
        (folder / "metadata.csv").write_text("\n".join(rows))
    words = ["--out", tmp_path / "release", "--quiet", "--copy"]
    for version in ("1.9", "1.10"):
        assert (
            shulu("pack", tmp_path / "ebooks", "--collection", "ebooks", "--version", version, *words)[0] == 0
        )
    assert (
        shulu(
            "pack",
            tmp_path / "journals",
            "--collection",
            "journals",
            "--version",
            "1",
            "--volume-bytes",
            "1",
            *words,
        )[0]
        == 0
    )
    assert shulu("keys", "new", "first", "--folder", tmp_path / "keys")[0] == 0
    return tmp_path


def test_the_whole_way(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    code, said = shulu("release", "make", release, "--serial", 7, "--licence", "journals=open:2030-01-01")
    assert code == 0
    assert "ebooks-001 1.10:" in said
    assert "journals-002 1: 2 files, 56 B, open until 2030-01-01" in said
    assert shulu("release", "check", release, "--trust", keys, "--quiet")[0] == 1
    assert shulu("release", "sign", release, "--key", keys / "first")[0] == 0
    code, said = shulu("release", "check", release, "--trust", keys, "--quiet", "--bags")
    assert (code, "every file holds: 3 bags, 7 files" in said) == (0, True)
    shown = json.loads(shulu("release", "show", release, "--json")[1])
    assert [bag["version"] for bag in shown["bags"]] == ["1.10", "1", "1"]


@pytest.mark.parametrize("serial", [6, 7])
def test_a_serial_must_grow(place: Path, shulu: Say, serial: int) -> None:
    release = place / "release"
    assert shulu("release", "make", release, "--serial", 7)[0] == 0
    before = (release / "release.json").read_bytes()
    code, said = shulu("release", "make", release, "--serial", serial)
    assert code == 1
    assert "does not grow: the release here is 1-7; give a serial above 7" in said
    assert (release / "release.json").read_bytes() == before
    assert shulu("release", "make", release, "--serial", 1, "--epoch", 2)[0] == 0


def test_going_back_is_a_new_serial(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    shulu("release", "make", release, "--serial", 1, "--bag", "ebooks=1.9", "--key", key)
    first = json.loads((release / "release.json").read_bytes())
    shulu("release", "make", release, "--serial", "next", "--key", key)
    old = release / "releases/1-1.json"
    assert old.with_name("1-1.json.sig").exists()
    assert shulu("release", "revert", release, "--to", old, "--serial", 2)[0] == 1
    assert shulu("release", "revert", release, "--to", old, "--serial", 3, "--key", key)[0] == 0
    third = json.loads((release / "release.json").read_bytes())
    assert (third["serial"], third["bags"]) == (3, first["bags"])
    (release / "bags/ebooks-001/1.9/data/files/a.txt").write_text("other and longer")
    code, said = shulu("release", "revert", release, "--to", old, "--serial", 4)
    assert code == 1
    assert "ebooks-001 1.9: bag-info.txt: Payload-Oxum is" in said


def test_a_bag_whose_source_was_edited_in_place_is_refused_with_what_to_do(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    shulu("release", "make", release, "--serial", 1, "--bag", "ebooks=1.9", "--key", key)
    (release / "bags/ebooks-001/1.9/data/files/a.txt").write_text("other and longer")
    code, said = shulu("release", "check", release, "--trust", place / "keys")
    assert code == 1
    assert "where its source was edited, pack the collection as a new version" in said
    assert "请按新版本打包" in chinese(said.split("bag-info.txt: ")[1].splitlines()[0])


def test_only_when_changed(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    make = ("release", "make", release, "--serial", "next", "--if-changed", "--key", key)
    assert "release 1-1: 3 bags" in shulu(*make)[1]
    before = (release / "release.json.sig").read_bytes()
    assert shulu(*make) == (0, "release 1-1: unchanged\n")
    assert (release / "release.json.sig").read_bytes() == before
    assert "release 1-2: 2 bags" in shulu(*make, "--leave-out", "ebooks")[1]
    assert "release 1-3: 2 bags" in shulu(*make, "--leave-out", "ebooks", "--licence-scope", "province")[1]


def test_a_plan_touches_nothing(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    make = ("release", "make", release, "--serial", "next", "--if-changed", "--key", key)
    assert shulu(*make, "--plan") == (0, "release 1-1: would be made\n")
    assert not (release / "release.json").exists()
    shulu(*make)
    before = {path: path.read_bytes() for path in release.glob("release*") if path.is_file()}
    assert shulu(*make, "--plan") == (0, "release 1-1: unchanged\n")
    assert shulu(*make, "--plan", "--licence", "ebooks=open") == (0, "release 1-2: would be made\n")
    # What is still to be packed counts where it is newer than what is there.
    for version, said in (("0.9", "release 1-1: unchanged\n"), ("2", "release 1-1: another would be made\n")):
        assert shulu(*make, "--plan", "--coming", f"ebooks={version}") == (0, said)
    assert {path: path.read_bytes() for path in release.glob("release*") if path.is_file()} == before


def test_what_a_revert_withdrew_stays_away(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    only_when_changed = ("release", "make", release, "--serial", "next", "--if-changed", "--key", key)

    def versions() -> dict[str, str]:
        bags = json.loads((release / "release.json").read_bytes())["bags"]
        return {bag["id"]: bag["version"] for bag in bags}

    shulu(
        "release",
        "make",
        release,
        "--serial",
        1,
        "--bag",
        "ebooks=1.9",
        "--leave-out",
        "journals",
        "--key",
        key,
    )
    shulu(*only_when_changed)
    assert versions() == {"ebooks-001": "1.10", "journals-001": "1", "journals-002": "1"}
    shulu(
        "release", "revert", release, "--to", release / "releases/1-1.json", "--serial", "next", "--key", key
    )
    assert shulu(*only_when_changed) == (0, "release 1-3: unchanged\n")
    assert shulu(*only_when_changed, "--bag", "ebooks=1.10") == (0, "release 1-3: unchanged\n")
    words = ("--version", "1.11", "--out", release, "--quiet", "--copy")
    shulu("pack", place / "ebooks", "--collection", "ebooks", *words)
    for _ in range(2):
        shulu(*only_when_changed)
        assert versions() == {"ebooks-001": "1.11"}
    shulu("release", "make", release, "--serial", "next", "--key", key)
    assert versions().keys() == {"ebooks-001", "journals-001", "journals-002"}


def test_what_was_left_out_comes_back(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    make = ("release", "make", release, "--serial", "next", "--if-changed", "--key", key)
    shulu(*make)
    shulu(*make, "--leave-out", "ebooks")
    assert "release 1-3: 3 bags" in shulu(*make)[1]


def test_a_missing_volume_is_told(place: Path, shulu: Say) -> None:
    release = place / "release"
    (release / "bags/journals-001/1").rename(place / "away")
    code, said = shulu("release", "make", release, "--serial", 1)
    assert code == 1
    assert "journals-001 1: is missing: journals 1 has 2 volumes" in said


def test_a_damaged_bag_is_no_part_of_a_release(place: Path, shulu: Say) -> None:
    release = place / "release"
    (release / "bags/journals-001/1/data/files/a.txt").unlink()
    (release / "bags/ebooks-001/1.10/extra").write_text("x")
    code, said = shulu("release", "make", release, "--serial", 1)
    assert code == 1
    assert "journals-001 1: data/files/a.txt: is missing" in said
    assert "ebooks-001 1.10: extra: the tag manifest does not list this file" in said
    assert not (release / "release.json").exists()


def test_check_finds_one_altered_byte(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    shulu("release", "make", release, "--serial", 1, "--key", keys / "first")
    (release / "bags/ebooks-001/1.10/data/files/a.txt").write_text("ebooks A")
    assert shulu("release", "check", release, "--trust", keys, "--quiet")[0] == 0
    code, said = shulu("release", "check", release, "--trust", keys, "--quiet", "--bags")
    assert code == 1
    assert "ebooks-001 1.10: data/files/a.txt: does not match its sha256 digest" in said


def test_an_expired_release_is_reported_and_holds(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    issued = ("--issued", "2020-01-01T00:00:00Z", "--days", 10)
    shulu("release", "make", release, "--serial", 1, "--key", keys / "first", *issued)
    code, said = shulu("release", "check", release, "--trust", keys, "--quiet")
    assert code == 0
    assert "release 1-1: expired on 2020-01-11; the signature holds" in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--bag", "ebooks=3"), "ebooks: version 3 is not packed here"),
        (("--bag", "ebooks-001=3"), "ebooks-001: version 3 is not packed here"),
        (("--bag", "nothing=1"), "nothing: there is no such bag or collection here"),
        (("--licence", "nothing=lan"), "nothing: there is no such bag or collection here"),
        (("--licence", "ebooks=world"), "is no licence; scopes are lan, province, open"),
        (("--licence", "ebooks=lan:2030-02-31"), "is no licence"),
        (("--bag", "ebooks"), "is not ID=VALUE"),
        (("--days", 0), "good for a day at least"),
    ],
)
def test_what_cannot_be_made_is_refused(
    place: Path, shulu: Say, words: tuple[object, ...], expected: str
) -> None:
    code, said = shulu("release", "make", place / "release", "--serial", 1, *words)
    assert code == 1
    assert expected in said


def test_a_single_bag_can_be_pinned(place: Path, shulu: Say) -> None:
    said = shulu("release", "make", place / "release", "--serial", 1, "--bag", "ebooks-001=1.9")[1]
    assert "ebooks-001 1.9:" in said


def test_of_several_kits_one_must_be_named(place: Path, shulu: Say) -> None:
    for version in ("9c1e", "251c"):
        (place / "ebooks/files/a.txt").write_text(version)
        shulu(
            "pack",
            place / "ebooks",
            "--kit",
            "--version",
            version,
            "--out",
            place / "release",
            "--quiet",
            "--copy",
        )
    make = ("release", "make", place / "release", "--serial", 1)
    code, said = shulu(*make)
    assert code == 1
    assert "kit: is packed here as 251c, 9c1e, and none says which is newer; add --bag kit=VERSION" in said
    assert shulu(*make, "--bag", "kit=251c")[0] == 0
    assert '"251c"' in (place / "release/release.json").read_text()


def test_nothing_to_release(tmp_path: Path, shulu: Say) -> None:
    assert "has no bags" in shulu("release", "make", tmp_path, "--serial", 1)[1]
    assert "make a release first" in shulu("release", "show", tmp_path)[1]


def test_which_version_is_newest() -> None:
    assert newest(["1", "10", "9"]) == "10"
    assert newest(["1.9", "1.10"]) == "1.10"
    assert newest(["2", "2.1"]) == "2.1"
    assert newest(["2026-11-02", "2026-9-30"]) == "2026-11-02"
    assert newest(["1-rc1", "1-rc2", "1"]) == "1"
    assert newest(["1-rc1", "1-rc2"]) == "1-rc2"


def test_keys_are_listed_and_revoked(place: Path, shulu: Say) -> None:
    keys = place / "keys"
    shulu("keys", "new", "second", "--folder", keys)
    assert "revoked" in shulu("keys", "revoke", "first", "--folder", keys)[1]
    listed = json.loads(shulu("keys", "list", "--folder", keys, "--json")[1])
    assert [(key["name"], key["revoked"], key["private_here"]) for key in listed] == [
        ("first", True, True),
        ("second", False, True),
    ]
    assert [line.split()[-1] for line in shulu("keys", "list", "--folder", keys)[1].splitlines()] == [
        *("revoked", "trusted")
    ]


def test_a_revoked_key_signs_nothing_and_the_release_stays(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    shulu("release", "make", release, "--serial", 1, "--key", keys / "first")
    shulu("release", "make", release, "--serial", 2, "--leave-out", "ebooks", "--key", keys / "first")
    shulu("keys", "new", "second", "--folder", keys)
    assert shulu("keys", "check", "first", "--folder", keys) == (0, "first: is not revoked\n")
    shulu("keys", "revoke", "first", "--folder", keys)
    before = {path: path.read_bytes() for path in release.rglob("release*") if path.is_file()}
    with_it = ("--serial", "next", "--key", keys / "first")
    for words in (
        ("release", "make", release, *with_it),
        ("release", "make", release, *with_it, "--if-changed"),
        ("release", "make", release, *with_it, "--if-changed", "--plan"),
        ("release", "revert", release, "--to", release / "releases/1-1.json", *with_it),
        ("release", "revert", release, "--to", release / "releases/1-1.json", *with_it, "--plan"),
        ("release", "sign", release, "--key", keys / "first"),
        ("keys", "check", "first", "--folder", keys),
    ):
        code, said = shulu(*words)
        assert code == 1, words
        assert "keys/first: is revoked: servers refuse what it signs; sign with second" in said
    assert {path: path.read_bytes() for path in release.rglob("release*") if path.is_file()} == before
    assert shulu("release", "make", release, "--serial", "next", "--key", keys / "second")[0] == 0


def test_a_key_that_cannot_sign_leaves_the_release(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    shulu("release", "make", release, "--serial", 1, "--key", keys / "first")
    code, said = shulu("release", "make", release, "--serial", 2, "--key", keys / "typo")
    assert (code, "cannot sign" in said) == (1, True)
    assert (
        "release 1-1: the signature holds"
        in shulu("release", "check", release, "--trust", keys, "--quiet")[1]
    )


def test_the_same_bags_are_signed_anew_by_another_key(place: Path, shulu: Say) -> None:
    release, keys = place / "release", place / "keys"
    make = ("release", "make", release, "--serial", "next", "--if-changed", "--key")
    shulu(*make, keys / "first")
    shulu("keys", "new", "second", "--folder", keys)
    said = f"release 1-1: its signature is not by {keys}/second\n"
    assert shulu(*make, keys / "second", "--plan") == (0, f"{said}release 1-2: would be made\n")
    assert shulu(*make, keys / "second")[1].startswith(f"{said}release 1-2: 3 bags")
    assert shulu(*make, keys / "second") == (0, "release 1-2: unchanged\n")
    shulu("keys", "revoke", "first", "--folder", keys)
    assert shulu("release", "check", release, "--trust", keys, "--quiet")[0] == 0


def test_a_signature_that_no_longer_holds_is_made_anew(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    make = ("release", "make", release, "--serial", "next", "--if-changed", "--key", key)
    shulu(*make)
    text = (release / "release.json").read_text()
    (release / "release.json").write_text(text.replace('"expires": "2', '"expires": "3'))
    assert "release 1-2: 3 bags" in shulu(*make)[1]
    (release / "release.json.sig").write_text("torn")
    assert "release 1-3: 3 bags" in shulu(*make)[1]
    assert shulu(*make) == (0, "release 1-3: unchanged\n")


@pytest.mark.parametrize(
    ("days", "left", "said"),
    [
        (365, 61, "release 1-1: unchanged"),
        (365, 59, "release 1-1: expires on"),
        (365, -1, "release 1-1: expired on"),
        (10, 3, "release 1-1: unchanged"),
        (10, 1, "release 1-1: expires on"),
    ],
)
def test_a_release_is_renewed_before_it_expires(
    place: Path, shulu: Say, days: int, left: int, said: str
) -> None:
    make = ("release", "make", place / "release", "--serial", "next", "--key", place / "keys/first")
    issued = datetime.now(UTC) - timedelta(days=days - left)
    shulu(*make, "--days", days, "--issued", issued.isoformat())
    told = shulu(*make, "--if-changed")[1].splitlines()
    assert told[0].startswith(said)
    assert told[1:2] == [] or told[1].startswith("release 1-2: 3 bags")
    assert shulu(*make, "--if-changed")[1].endswith(": unchanged\n")


def test_a_plan_to_go_back_touches_nothing(place: Path, shulu: Say) -> None:
    release, key = place / "release", place / "keys/first"
    shulu("release", "make", release, "--serial", 1, "--bag", "ebooks=1.9", "--key", key)
    shulu("release", "make", release, "--serial", 2, "--key", key)
    before = {path: path.read_bytes() for path in release.rglob("release*") if path.is_file()}
    back = ("release", "revert", release, "--to", release / "releases/1-1.json", "--serial", "next")
    assert shulu(*back, "--key", key, "--plan") == (0, "release 1-3: would be made\n")
    assert {path: path.read_bytes() for path in release.rglob("release*") if path.is_file()} == before
