from __future__ import annotations

from bisect import bisect_right

import catalogue_tables
import pytest
from pypinyin import lazy_pinyin

from shulu.catalogue.normalise import normalise, runs
from shulu.catalogue.words import LAST_KEY, initials, order_key, order_letters


def test_the_tables_are_those_of_their_sources() -> None:
    assert (catalogue_tables.FOLDER / "variants.txt").read_text() == catalogue_tables.variants()
    assert (catalogue_tables.FOLDER / "initials.txt").read_text() == catalogue_tables.initials()
    assert (catalogue_tables.FOLDER / "pinyin.txt").read_text() == catalogue_tables.pinyin()


def test_what_is_written_differently_is_the_same() -> None:
    assert normalise("三國演義") == normalise("三国演义") == "三国演义"
    assert normalise("ＡＢＣ　１９９８") == "abc 1998"
    assert normalise("苧薴") == "苎苎"


def test_initials_of_characters_with_several_readings() -> None:
    assert initials(runs("三国演义")) == ["sgyy"]
    assert set(initials(runs("重庆"))) >= {"cq", "zq"}
    assert set(initials(runs("《水浒传》 abc 第1回"))) >= {"shz", "shc"}


@pytest.mark.parametrize(
    ("title", "spelt"),
    [("行政区划大全", "xzqhdq"), ("单位会计制度", "dwkjzd"), ("重要音乐会计划", "zyyyhjh")],
)
def test_a_title_of_many_readings_has_its_usual_initials(title: str, spelt: str) -> None:
    found = initials(runs(title))
    assert spelt in found
    assert len(found) == len(set(found)) <= 8


def test_all_usual_readings_come_first_and_few_spellings_are_kept() -> None:
    assert initials(runs("重庆"))[0] == "zq"
    assert initials(runs("行行行行行行"))[:3] == ["xxxxxx", "hxxxxx", "xhxxxx"]
    assert len(initials(runs("行" * 99))) == 8


def test_titles_stand_in_the_order_of_pinyin() -> None:
    titles = [
        "3D打印",
        "100个故事",
        "Debian参考手册",
        "阿Q正传",
        "长恨歌",
        "红楼梦",
        "旧影 第2帧",
        "旧影 第10帧",
        "三国演义",
        "《三国志》",
        "三字经",
        "水滸傳",
        "西安",
        "西游记",
        "先秦诗",
    ]
    assert sorted(set(titles), key=order_key) == titles
    assert order_key("水滸傳") == order_key("《水浒传》")
    assert order_key("！！") == ""


def test_every_letter_of_pinyin_begins_where_its_titles_do() -> None:
    letters = order_letters()
    assert "".join(letter for letter, _ in letters) == "ABCDEFGHJKLMNOPQRSTWXYZ"
    keys = [key for _, key in letters]
    assert keys == sorted(set(keys))
    for title in ("阿Q正传", "长恨歌", "红楼梦", "旧影", "《水浒传》", "西安", "子夜", "做客", "Debian"):
        spelt = "" if title == "Debian" else lazy_pinyin(title.strip("《"))[0][0].upper()
        assert letters[bisect_right(keys, order_key(title)) - 1][0] == spelt
    assert order_key("龘" * 99) < LAST_KEY
