from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.content.licence import Licence
from shulu.content.release import BagEntry, Release, dump, parse
from shulu.findings import Refused


def document() -> dict[str, Any]:
    return {
        "format": 1,
        "epoch": 1,
        "serial": 7,
        "issued": "2026-11-23T00:00:00Z",
        "expires": "2027-11-23T00:00:00Z",
        "bags": [
            {
                "id": "ebooks-001",
                "collection": "ebooks",
                "version": "1",
                "digest": f"sha256:{'a' * 64}",
                "bytes": 123,
                "files": 4,
                "licence": {"scope": "lan", "until": "2030-12-31"},
            },
            {
                "id": "kit",
                "collection": "kit",
                "version": "1.0-a",
                "digest": f"sha256:{'b' * 64}",
                "bytes": 1,
                "files": 1,
                "licence": {"scope": "open"},
            },
        ],
    }


def test_a_release_is_read() -> None:
    release = parse(json.dumps(document()).encode())
    assert release.mark == (1, 7)
    assert release.name == "1-7"
    assert (release.bytes, release.files) == (124, 5)
    assert release.issued == datetime(2026, 11, 23, tzinfo=UTC)
    assert release.bags[0].path == PurePosixPath("bags/ebooks-001/1")
    assert release.bags[0].licence == Licence("lan", date(2030, 12, 31))
    assert release.bag("kit") is release.bags[1]
    assert release.bag("none") is None
    assert parse(dump(release)) == release


BAD: dict[str, tuple[tuple[object, ...], object]] = {
    "format": (("format",), 2),
    "serial 0": (("serial",), 0),
    "serial true": (("serial",), True),
    "serial float": (("serial",), 7.0),
    "serial text": (("serial",), "7"),
    "unknown key": (("more",), 1),
    "no bags": (("bags",), []),
    "moment": (("issued",), "2026-11-23 00:00:00"),
    "moment that does not exist": (("issued",), "2026-02-30T00:00:00Z"),
    "moment with a line end": (("issued",), "2026-11-23T00:00:00Z\n"),
    "expires first": (("expires",), "2026-11-22T00:00:00Z"),
    "id leaves": (("bags", 0, "id"), "../x"),
    "id of another collection": (("bags", 0, "id"), "journals-001"),
    "id with a line end": (("bags", 0, "id"), "ebooks-001\n"),
    "version leaves": (("bags", 0, "version"), ".."),
    "version with a slash": (("bags", 0, "version"), "1/2"),
    "version with a last dot": (("bags", 0, "version"), "1."),
    "digest": (("bags", 0, "digest"), f"md5:{'a' * 32}"),
    "digest in capitals": (("bags", 0, "digest"), f"sha256:{'A' * 64}"),
    "negative bytes": (("bags", 0, "bytes"), -1),
    "scope": (("bags", 0, "licence", "scope"), "world"),
    "until": (("bags", 0, "licence", "until"), "2030-13-01"),
    "twice": (("bags", 1, "id"), "ebooks-001"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_release_is_refused(name: str) -> None:
    raw = document()
    place, value = BAD[name]
    target: Any = raw
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    if name == "twice":
        raw["bags"][1]["collection"] = "ebooks"
    with pytest.raises(Refused):
        parse(json.dumps(raw).encode())


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[]", b"null", b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"format": 1, "format": 1}'),
        *(b'{"serial": NaN}', b"9" * 5000),
    ],
)
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(Refused):
        parse(text)


def test_all_findings_are_told_at_once() -> None:
    raw = document()
    raw["epoch"] = 0
    del raw["bags"][0]["digest"]
    raw["bags"][1]["bytes"] = "1"
    with pytest.raises(Refused) as refused:
        parse(json.dumps(raw).encode())
    assert len(refused.value.findings) == 3


NAMES = st.from_regex(r"[a-z0-9]{1,8}(-[a-z]{1,8}){0,2}", fullmatch=True)
BAGS = st.builds(
    lambda collection, volume, version, digest, size, files, licence: BagEntry(
        f"{collection}-{volume:03}", collection, version, f"sha256:{digest}", size, files, licence
    ),
    NAMES,
    st.integers(1, 2000),
    st.from_regex(r"[0-9A-Za-z]([0-9A-Za-z.-]{0,9}[0-9A-Za-z])?", fullmatch=True),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 2**53 - 1),
    st.integers(0, 2**53 - 1),
    st.builds(Licence, st.sampled_from(["lan", "province", "open"]), st.none() | st.dates()),
)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(
    st.integers(1, 2**31 - 1),
    st.integers(1, 2**31 - 1),
    MOMENTS,
    st.integers(1, 9999),
    st.lists(BAGS, min_size=1, max_size=5, unique_by=lambda bag: bag.id),
)
def test_a_release_reads_as_it_was_written(
    epoch: int, serial: int, issued: datetime, days: int, bags: list[BagEntry]
) -> None:
    in_order = tuple(sorted(bags, key=lambda bag: bag.id))
    release = Release(epoch, serial, issued, issued + timedelta(days=days), in_order)
    assert parse(dump(release)) == release
    shuffled = Release(epoch, serial, issued, release.expires, tuple(reversed(in_order)))
    assert dump(shuffled) == dump(release)


def test_the_schema_ships_with_the_package() -> None:
    from shulu.content import release  # noqa: PLC0415

    assert Path(release.__file__).with_name("release.schema.json").is_file()
