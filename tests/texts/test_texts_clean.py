"""What is left of a web page: its text, balanced, and nothing that does anything."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shulu.texts.clean import MAX_CHARACTERS, clean

ALLOWED = {
    *("p", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th"),
    *(
        "caption",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "hr",
        "br",
        "img",
        "strong",
        "b",
        "em",
        "i",
        "u",
    ),
    *("s", "sub", "sup", "code", "ruby", "rt", "rp", "small", "q", "h2", "h3", "h4", "h5", "h6"),
}
ATTRIBUTES = {"colspan", "rowspan", "dir", "src", "alt"}


class Strict(HTMLParser):
    """Fails at what is not allowed, and at what is not balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ATTRIBUTES
        if tag not in {"br", "hr", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def check(html: str) -> None:
    strict = Strict()
    strict.feed(html)
    strict.close()
    assert strict.open == []


@pytest.mark.parametrize(
    ("markup", "html", "text"),
    [
        ("<p>甲<p>乙<div>丙", "<p>甲</p><p>乙</p><div>丙</div>", "甲\n乙\n丙"),
        ("<ul><li>甲<li>乙</ul>", "<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        (
            "<ul><li>甲<ul><li>乙</ul><li>丙</ul>",
            "<ul><li>甲<ul><li>乙</li></ul></li><li>丙</li></ul>",
            "甲\n乙\n丙",
        ),
        (
            "<table><tr><td>甲<td colspan=2>乙<tr><th rowspan='9'>丙",
            '<table><tr><td>甲</td><td colspan="2">乙</td></tr><tr><th rowspan="9">丙</th></tr></table>',
            "甲\n乙\n丙",
        ),
        ("<b><i>甲</b>乙</i>", "<b><i>甲</i></b>乙", "甲乙"),
        ("<p>　　缩进\n换行</p><p>&nbsp;</p>", "<p>缩进 换行</p>", "缩进 换行"),
        ("<h1>题</h1><h6>末</h6>", "<h2>题</h2><h6>末</h6>", "题\n末"),
        ("<pre>a  b\n c</pre>", "<pre>a  b\n c</pre>", "a  b\nc"),
        ("<title/><script/><a id='x'/><p>正文", "<p>正文</p>", "正文"),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("<p dir=RTL onclick=x() style='a'>甲", '<p dir="rtl">甲</p>', "甲"),
        (
            "<td colspan=²>甲<td colspan=-1>乙<td colspan=9999999>丙",
            "<td>甲</td><td>乙</td><td>丙</td>",
            "甲\n乙\n丙",
        ),
        ("<p>甲</p></div></p></html>乙", "<p>甲</p>乙", "甲\n乙"),
        ("<svg><script>x</script><p>甲</p></svg>乙<math><mi>丙</mi></math>", "乙", "乙"),
        ("<style>a{}</style><noscript>甲</noscript><select><option>乙</select>丙", "丙", "丙"),
        ("<a href='javascript:x'>甲</a><form action=x><p>乙</p><input></form>", "甲<p>乙</p>", "甲\n乙"),
    ],
)
def test_markup_is_written_anew(markup: str, html: str, text: str) -> None:
    page = clean(markup)
    assert (page.html, page.text) == (html, text)
    check(page.html)


def test_pictures_are_those_that_are_here() -> None:
    here = {"a.png": "/content/a.png?v=1", 'b".png': '/b".png'}
    page = clean('<img src=" a.png " alt="甲&quot;&lt;"><img src="http://x/"><img src=\'b".png\'>', here.get)
    assert page.html == '<img src="/content/a.png?v=1" alt="甲&quot;&lt;"><img src="/b&quot;.png" alt="">'


@pytest.mark.parametrize("name", ['class="TRS_Editor"', 'id="UCAP-CONTENT"', 'class="a pages_content b"'])
def test_the_text_of_a_page_is_told_from_its_menus(name: str) -> None:
    page = clean(f"<div>首页 栏目</div><div {name}><p>正文在这里，比别的都长得多。</p></div><p>友情链接</p>")
    assert page.text == "正文在这里，比别的都长得多。"


def test_a_small_part_that_calls_itself_the_text_is_not_taken_for_it() -> None:
    page = clean("<div class=zoom>大</div>" + "<p>正文一段。</p>" * 30)
    assert page.text.count("正文一段。") == 30


def test_the_title_is_read() -> None:
    assert clean("<title> 关于\n通知 </title><body><title>x</title>").title == "关于 通知"


@given(st.text(alphabet="<>/='\"!-?&;a p d i v t b l e s c r g m o h n u x 甲", max_size=300))
def test_nothing_else_comes_through(markup: str) -> None:
    check(clean(markup).html)


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "<p>",
                    "</p>",
                    "<div>",
                    "</div>",
                    "<table>",
                    "<tr>",
                    "<td>",
                    "</td>",
                    "</table>",
                    "<ul>",
                    "<li>",
                ),
                *(
                    "</ul>",
                    "<b>",
                    "</b>",
                    "<script>",
                    "</script>",
                    "<svg>",
                    "</svg>",
                    "<iframe>",
                    "甲",
                    "<h1>",
                ),
                *(
                    "<form>",
                    "</form>",
                    "<article>",
                    "</article>",
                    "<dl>",
                    "<dt>",
                    "<dd>",
                    "</dl>",
                    "<br/>",
                    "<pre>",
                ),
                *(
                    "<div class=zoom>",
                    "<!--",
                    "-->",
                    "<style>",
                    "</style>",
                    "<ruby>",
                    "<rt>",
                    "</ruby>",
                    "<nav>",
                ),
            ]
        ),
        max_size=40,
    )
)
def test_every_order_of_tags_comes_out_balanced(tags: list[str]) -> None:
    check(clean("".join(tags)).html)


PIECES = (
    "<",
    "<!--",
    "<![CDATA[",
    "<a b='",
    "<div>",
    "<p>",
    "<table><tr><td>",
    "&#",
    "</p>",
    "<zoom id=zoom>",
)
MANY = {
    **{piece: piece * (MAX_CHARACTERS * 2 // len(piece)) for piece in PIECES},
    "text, ever deeper": "<div>x" * 200_000,
    "blocks below many tags": "<span>" * 60_000 + "<p></p>" * 60_000,
    "ends below many tags": "<b>" * 60_000 + "</i>x" * 100_000,
}


@pytest.mark.parametrize("markup", MANY.values(), ids=MANY)
def test_the_time_for_a_page_is_bounded(markup: str) -> None:
    began = time.process_time()
    check(clean(markup).html)
    assert time.process_time() - began < 20
