from __future__ import annotations

from typing import Any

import pytest

from shulu.catalogue.media import type_of
from shulu.catalogue.model import File, Item
from shulu.content.licence import Licence
from shulu.portal.app import create_app
from shulu.portal.parts import clock, parts_of, seconds
from shulu.programme import collection

FILES = ["01/a.mp4", "01/b.mp4", "01/a.vtt", "01/a.en.vtt", "01/poster.jpg"]


def film(**said: Any) -> Item:
    record = {"id": "film", "title": "剪纸", "files": FILES, **said}
    files = tuple(File(path, 1, type_of(path)) for path in FILES)
    licence = Licence("lan", None)
    return Item("b-001", "1", collection("documentaries"), "film", "video", record, files, licence, "")


def test_parts_have_the_names_and_lengths_that_the_record_says() -> None:
    said = [{"title": "开篇", "duration": 61.5}, {"duration": 7}]
    one, other = parts_of(film(parts=said))
    assert (one.file.path, one.label, one.duration) == ("01/a.mp4", "开篇", 61.5)
    assert [(track.file.path, track.language) for track in one.tracks] == [
        ("01/a.vtt", "zh-CN"),
        ("01/a.en.vtt", "en"),
    ]
    assert (other.label, other.duration, other.tracks) == ("b", 7.0, ())


@pytest.mark.parametrize(
    "said", [None, "x", [], [{"title": "开篇"}], ["开篇", 3], [{"title": 3, "duration": "7"}] * 2]
)
def test_parts_that_say_nothing_are_counted(said: object) -> None:
    assert [part.duration for part in parts_of(film(parts=said))] == [None, None]


@pytest.mark.parametrize(
    ("value", "told"), [(245, "4:05"), (3723.4, "1:02:03"), (0.6, "0:01"), (59.7, "1:00")]
)
def test_lengths_are_told_as_people_read_them(value: float, told: str) -> None:
    assert clock(value) == told


@pytest.mark.parametrize("value", [None, True, "7", 0, -1, float("nan"), float("inf"), 1e9])
def test_what_is_no_length_is_none(value: object) -> None:
    assert seconds(value) is None


def test_names_of_parts_are_only_text() -> None:
    trap = "<script>alert(1)</script>\"'&{{919*991}}"
    app = create_app()
    item = film(parts=[{"title": trap}, {"title": "二"}])
    with app.test_request_context():
        shown = app.jinja_env.get_template("_media.html").module.playlist(item, parts_of(item), 1, "集")  # type: ignore[attr-defined]
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count('data-tracks="[') == 2
    assert "&#34;address&#34;: &#34;/content/b-001/files/01/a.vtt?v=1&#34;" in shown
