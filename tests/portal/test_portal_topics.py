"""Topics as librarians write them: what is shown, what is told, what never breaks a page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from shulu.findings import Finding
from shulu.portal.topics import (
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_SEARCHES,
    Entry,
    TopicFolder,
    parse,
    read_topics,
)


@pytest.fixture(scope="module")
def client(room: FlaskClient) -> FlaskClient:
    return room


def told(text: str) -> list[str]:
    findings: list[Finding] = []
    parse("a.txt", text, findings)
    return [f"{finding.where} {finding.problem}" for finding in findings if finding.remedy]


def test_a_file_is_a_head_parts_and_what_they_name() -> None:
    findings: list[Finding] = []
    text = (
        "题目：端午\n日期: 2027-06-01 到 2027-06-20\n\n第一段，\n接着。\n\n第二段：有冒号。\n"
        "## 一\n- /items/a-1/b 说明 两词\n"
        "* http://10.0.0.2:80/items/a-1/%E5%BC%A0/read?n=2\n文字\n#二\n"
        "-　检索：粽子\n- /search?q=%E8%8D%89&in=ebooks\n"
        "- https://x/collections/ebooks/\n"
    )
    topic = parse("duanwu.txt", text, findings)
    assert topic is not None
    assert (findings, topic.name, topic.title, topic.dates) == (
        [],
        "duanwu",
        "端午",
        "2027-06-01 至 2027-06-20",
    )
    assert [part.title for part in topic.parts] == ["", "一", "二"]
    assert topic.introduction == ["第一段，\n接着。", "第二段：有冒号。"]
    assert topic.parts[1].entries == [
        Entry(9, bag="a-1", id="b", note="说明 两词"),
        Entry(10, bag="a-1", id="张"),
    ]
    assert topic.parts[1].text == ["文字"]
    assert topic.parts[2].entries == [
        Entry(13, query="粽子"),
        Entry(14, query="草", collection="ebooks"),
        Entry(15, collection="ebooks"),
    ]
    days = [date(2027, 5, 31), date(2027, 6, 1), date(2027, 6, 20), date(2027, 6, 21)]
    assert [topic.is_on(day) for day in days] == [False, True, True, False]
    assert [topic.is_to_come(day) for day in days] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("正文\n- /collections/a", "a.txt:1 没有题目"),
        ("题目：甲\n正文", "a.txt 没有列出任何资源"),
        ("题目：甲\n日期：六月\n- /collections/a", "a.txt:2 日期读不懂：六月"),
        ("题目：甲\n日期：2027-06-20 至 2027-06-01\n- /collections/a", "a.txt:2 日期读不懂"),
        ("题目：甲\n日期：2027-13-01 至 2027-14-01\n- /collections/a", "a.txt:2 日期读不懂"),
        ("题目：甲\n- /about\n- /collections/a", "a.txt:2 不是本馆的地址：/about"),
        ("题目：甲\n- javascript:alert(1)\n- /collections/a", "a.txt:2 不是本馆的地址"),
        ("题目：甲\n- http://[\n- /collections/a", "a.txt:2 不是本馆的地址"),
        ("题目：甲\n" + "- /collections/a\n" * (MOST_ENTRIES + 5), f"a.txt:{MOST_ENTRIES + 2} 超过"),
        ("题目：甲\n" + "- 检索：a\n" * (MOST_SEARCHES + 1), f"a.txt:{MOST_SEARCHES + 2} 检索超过"),
    ],
)
def test_every_fault_is_told_with_its_line_and_a_remedy(text: str, expected: str) -> None:
    found = told(text)
    assert len(found) == 1
    assert found[0].startswith(expected)


@given(st.text(max_size=300))
def test_whatever_is_written_is_read(text: str) -> None:
    parse("a.txt", "题目：甲\n" + text, [])
    parse("a.txt", text, [])


@given(st.lists(st.text(alphabet="-# \n/items:检索：?q=&in%甲", max_size=40)))
def test_whatever_is_nearly_an_address_is_read(lines: list[str]) -> None:
    parse("a.txt", "题目：甲\n" + "\n- ".join(lines), [])


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"a" * (MOST_BYTES + 1))
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "other.doc").write_text("题目：甲")
    found = read_topics(tmp_path)
    assert found.topics == ()
    assert [finding.where for finding in found.findings] == ["big.txt", "folder.txt", "loop.txt"]
    assert read_topics(tmp_path / "nothing").findings == ()


def test_a_folder_is_read_again_when_a_file_has_changed(tmp_path: Path) -> None:
    folder = TopicFolder(tmp_path / "topics")
    assert folder.read().topics == ()
    folder.folder.mkdir()
    file = folder.folder / "a.txt"
    file.write_text("题目：甲\n- /collections/a\n")
    first = folder.read()
    assert first.topics[0].title == "甲"
    assert folder.read() is first
    file.write_text("题目：乙\n- /collections/a\n")
    assert folder.read().topics[0].title == "乙"
    (folder.folder / "loop.txt").symlink_to("loop.txt")
    assert [finding.where for finding in folder.read().findings] == ["loop.txt"]
    file.unlink()
    assert folder.read().topics == ()


def test_a_topic_is_a_page(client: FlaskClient) -> None:
    text = client.get("/topics/sanguo").text
    for words in (
        "<h1>三国人物</h1>",
        "先读这一本",
        "从第一回读起",
        "种，看全部",
        "老照片里的前门",
        "大运河",
    ):
        assert words in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "看英雄。<br>第二行" in text
    assert client.get("/topics/nothing").status_code == 404
    assert client.get("/topics/weilai").status_code == 200


def test_topics_of_these_days_are_on_the_home_page(client: FlaskClient) -> None:
    home, index = client.get("/").text, client.get("/topics").text
    assert "三国人物" in home
    assert "去年的活动" not in home
    assert "明年的活动" not in home + index
    assert index.index("三国人物") < index.index("往期专题") < index.index("去年的活动")
    assert "旧编辑器写的" in home


def test_the_librarian_is_told_what_to_mend(client: FlaskClient) -> None:
    text = client.get("/librarian").text
    for words in (
        "sanguo.txt:10</dt>",
        "馆里没有这份资源",
        "sanguo.txt:16</dt>",
        "不是本馆的地址：这不是地址",
        "没有题目.txt:1</dt>",
        "名字 有空格.txt</dt>",
        "将于 2098-01-01 出现在首页",
    ):
        assert words in text
