"""Which encoding a text has: UTF-8, UTF-16, or GB 18030, which holds GBK and GB 2312."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80", "cp936", "euc-cn", "csgb2312", "hz-gb-2312"}
_KNOWN = {"big5": "big5hkscs", "big5-hkscs": "big5hkscs", "euc-kr": "cp949", "shift_jis": "cp932"}


def encoding_of(head: bytes) -> str:
    """Return the name of the codec for a file that begins so; ``head`` may end within a character.

    A mark at the beginning decides, then whether it is UTF-8; all else is GB 18030.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def decode(content: bytes) -> str:
    """Return a text file's text, without a mark at its beginning; what is no character becomes U+FFFD."""
    return content.decode(encoding_of(content), errors="replace").removeprefix("\ufeff")


def decode_markup(content: bytes) -> str:
    """Return the text of an HTML or XML file: what it declares counts where it is not UTF-8."""
    encoding = encoding_of(content)
    found = _DECLARED.search(content[:2048])
    if encoding == "gb18030" and found:
        said = found[1].decode("ascii").lower()
        encoding = _KNOWN.get(said, "gb18030") if said not in _CHINESE else "gb18030"
    return content.decode(encoding, errors="replace").removeprefix("\ufeff")
