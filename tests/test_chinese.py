"""Both languages of what preflight and servers say, held against the code that says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.chinese import ELSEWHERE, chinese, phrases, span
from shulu.progress import human_seconds

ROOT = Path(__file__).parents[1]
# What ends up in a server's status, and in a verdict: not what only the command line of an admin prints.
SPEAKERS = {
    "shulu/campaign": ("link.py", "preflight.py"),
    "shulu/delivery": (
        "ask.py", "blockdevice.py", "copying.py", "disk.py", "intake.py", "line.py", "network.py", "offer.py",
        "run.py", "served.py",
    ),
    "shulu/store": ("audit.py", "chain.py", "durable.py", "mark.py", "store.py"),
    "shulu/content": ("bag.py", "signature.py"),
}  # fmt: skip
# The places of their arguments that are sentences.
SENTENCES = {
    "refuse": (1, 2), "Finding": (1, 2), "Remark": (1, 2), "Link": (0, 1), "Waiting": (0,), "NoRoom": (0,),
    "DiskGone": (0,), "LineCut": (0,),
}  # fmt: skip


def spoken(path: Path) -> Iterator[str]:
    """Yield the sentences that a module says, each with a word for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names.setdefault(target.id, []).append(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for place in SENTENCES.get(node.func.id, ()):
                if place < len(node.args):
                    yield from texts(node.args[place], names)


def texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [
            "".join(texts(part, names)) if isinstance(part, ast.Constant) else "7" for part in node.values
        ]
        yield "".join(parts)
    elif isinstance(node, ast.Name):
        for value in names.get(node.id, []):
            yield from texts(value, {})
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body, names), *texts(node.orelse, names))


@pytest.mark.parametrize("path", [f"{room}/{name}" for room, names in SPEAKERS.items() for name in names])
def test_everything_that_is_said_has_its_chinese(path: str) -> None:
    sentences = [text for text in spoken(ROOT / path) if text.strip("7: ")]
    unknown = sorted({text for text in sentences if not chinese(text) or chinese(text) == ELSEWHERE})
    assert not unknown, "add them to shulu/phrases.txt"


def test_the_modules_are_really_read() -> None:
    said = {text for room, names in SPEAKERS.items() for name in names for text in spoken(ROOT / room / name)}
    assert len(said) > 100
    assert {"plug in the shipped disk", "does not answer", "its clock is 7 s behind"} <= said


@pytest.mark.parametrize(
    ("english", "zh"),
    [
        ("cannot be reached ([Errno 113] No route to host)", "连接不上（没有通往该主机的路由）"),
        ("cannot be reached (a gremlin)", "连接不上（原因见原文）"),
        ("waits for its window 22:00-06:00; what came so far is kept",
         "等待传输时段 22:00-06:00；已传到的会保留"),
        ("/srv: 4.1 TB are needed and 9.0 GB are free; enlarge the data volume, or choose fewer collections",
         "/srv：需要 4.1 TB，只剩 9.0 GB；请扩大内容盘，或减少资源库"),
        ("hub port 22: Connection closed by hub port 22; trying again in 2 min 3 s (try 5 of 8 failed)",
         "hub port 22：hub 端口 22 关闭了连接；2 分 3 秒后重试（共 8 次，已失败 5 次）"),
        ("10.0.0.1 port 22: a gremlin; trying again in 9 s (try 1 of 8 failed)",
         "原因见原文；9 秒后重试（共 8 次，已失败 1 次）"),
        ("bags/a/1/x: on the disk: Input/output error; get another copy of this file",
         "bags/a/1/x：硬盘上：读写出错；请另取该文件的副本"),
        ("variable x is {'a': 'b; c'}, and its role takes int", "变量 x 的值是 {'a': 'b; c'}，应为 int"),
        ("a gremlin", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_sentences_with_what_is_filled_in(english: str, zh: str) -> None:
    assert chinese(english) == zh


def test_each_phrase_keeps_its_fields_and_is_found_again() -> None:
    for english, zh in phrases().items():
        assert any("\u4e00" <= char <= "\u9fff" for char in zh.replace("{reason}", "因")), english
        fields = {each for each in ("{reason}", "{span}") if each in english}
        assert all(each in zh for each in fields), english
        filled = english.replace("{reason}", "no answer in time").replace("{span}", "2 min")
        assert chinese(filled.replace("{", "").replace("}", "")), english


@given(st.integers(0, 10**8))
def test_a_span_is_told_in_chinese(seconds: int) -> None:
    assert not any(char.isascii() and char.isalpha() for char in span(human_seconds(seconds)))


@given(st.text(max_size=200))
def test_any_text_is_told_or_left(text: str) -> None:
    assert isinstance(chinese(text), str)
