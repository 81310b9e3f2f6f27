"""What the cells of a row say: forgiving about typing, strict about meaning.

Each reader takes a cell's text and returns its value, or raises Unclear with the problem and its remedy.
"""

from __future__ import annotations

import re
import unicodedata

import netaddr

from shulu.programme import COLLECTIONS
from shulu.registry.model import AUTO, ROUTES, TIERS

_TIER_WORDS = {tier: tier for tier in TIERS} | {
    "省": "province", "省级": "province", "省馆": "province",
    "市": "city", "市级": "city", "地市": "city", "地级": "city", "地市级": "city", "市馆": "city",
    "县": "county", "县级": "county", "区": "county", "区县": "county", "县馆": "county", "县区": "county",
    "乡镇": "station", "社区": "station", "街道": "station", "站": "station", "服务点": "station",
    "乡": "station", "镇": "station", "村": "station", "基层服务点": "station",
}  # fmt: skip
_ROUTE_WORDS = {route: route for route in (AUTO, *ROUTES)} | {
    "": AUTO, "自动": AUTO, "网络": "network", "网络推送": "network", "硬盘": "disk", "移动硬盘": "disk",
    "磁盘": "disk", "远程": "remote", "远程访问": "remote",
}  # fmt: skip
_COLLECTION_WORDS = {collection.id: collection.id for collection in COLLECTIONS} | {
    collection.zh: collection.id for collection in COLLECTIONS
}
_PRIVATE = [netaddr.IPNetwork(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_SEPARATORS = re.compile(r"[\s,;、|]+")


class Unclear(ValueError):  # noqa: N818 - a verdict on a cell, not a fault of the program
    """A cell that cannot be understood."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def plain(text: str) -> str:
    """Return a cell as machines read it: full-width forms made half-width, dots and outer spaces tidied.

    An apostrophe ahead of a number is how people tell a spreadsheet that it is text; an export may keep it.
    """
    value = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    return re.sub(r"\A['’‘](?=[0-9])", "", value)


def code(text: str) -> str:
    """Return a library's code: six digits (GB/T 2260), below the county up to six more digits or letters."""
    value = plain(text)
    if not value:
        raise Unclear("is empty", "give every library a code, such as its county's six digits")
    if re.fullmatch(r"[0-9](\.[0-9]+)?e\+?[0-9]+", value, re.ASCII | re.IGNORECASE):
        problem = f"{value!r} is a code that the spreadsheet has shortened to a power of ten"
        raise Unclear(problem, "set the column's format to text and type the code anew")
    # Some spreadsheets save a whole number so.
    value = re.sub(r"(?<=[0-9]{6})\.0+$", "", value)
    if not re.fullmatch(r"[0-9]{6}[0-9a-z]{0,6}", value, re.ASCII):
        raise Unclear(f"{value!r} is no code", "write six digits, and up to six more digits or small letters")
    return value


def name(text: str) -> str:
    """Return a library's name as people write it, on one line: it goes into pages and configurations."""
    value = " ".join(unicodedata.normalize("NFC", text).split())
    if not value:
        raise Unclear("is empty", "write the library's name")
    if len(value) > 80:
        raise Unclear(f"has {len(value)} characters", "write at most 80")
    if bad := next((char for char in value if not char.isprintable()), None):
        raise Unclear(f"holds the character U+{ord(bad):04X}", "type the name anew")
    if garbled(value):
        raise Unclear(
            f"{value!r} is garbled: it was read in a wrong encoding", "save it as UTF-8 and send it anew"
        )
    return value


def garbled(text: str) -> bool:
    """Tell whether a text was once decoded wrongly: what was lost, or UTF-8 taken for GBK or for Latin 1."""
    if "\ufffd" in text or "锟斤拷" in text:
        return True
    # Two or three characters can be words both ways (联通); a library's name that is both has not been met.
    return len(text) > 3 and any(_was_utf8(text, encoding) for encoding in ("gbk", "cp1252", "latin-1"))


def _was_utf8(text: str, encoding: str) -> bool:
    data = text.encode(encoding, "ignore")
    meant = data.decode("utf-8", "ignore")
    # A byte here and there is lost on the way.
    most = 5 * len(data) >= 4 * len(text) and 5 * len(meant.encode()) >= 4 * len(data)
    return most and len(meant) > 1 and all("\u4e00" <= char <= "\u9fff" for char in meant)


def harmless(text: str) -> str:
    """Return a cell that a spreadsheet shows and does not run (CSV injection, OWASP)."""
    value = plain(text)
    if re.match(r"[=@\t\r]|[+-](?![0-9 ()-]*$)", value):
        raise Unclear(f"{value[:20]!r} would be run by a spreadsheet as a formula", "type it as plain text")
    return text


def tier(text: str) -> str:
    """Return one of TIERS."""
    return _word(plain(text).lower(), _TIER_WORDS, "province/省, city/市, county/县 or station/乡镇")


def route(text: str) -> str:
    """Return one of ROUTES, or ``auto``."""
    return _word(plain(text).lower(), _ROUTE_WORDS, "auto/自动, network/网络, disk/硬盘 or remote/远程")


def _word(value: str, words: dict[str, str], choices: str) -> str:
    if value not in words:
        raise Unclear(f"{value!r} is not known" if value else "is empty", f"write {choices}")
    return words[value]


def parent(text: str) -> str:
    """Return the parent's code; "" stands for the hub."""
    return code(text) if plain(text) else ""


def line(text: str) -> int:
    """Return a line's speed in Mbit/s; 0 where unknown."""
    value = plain(text).lower().replace(" ", "")
    if not value:
        return 0
    match = re.fullmatch(r"([0-9]{1,6})(?:\.0+)?(m|g|兆|千兆)?(?:b|bit|bps|bit/s|b/s)?", value, re.ASCII)
    if match is None:
        raise Unclear(f"{value!r} is no speed", "write whole Mbit/s, such as 100, or leave it empty")
    return int(match[1]) * (1000 if match[2] in {"g", "千兆"} else 1)


def window(text: str) -> str:
    """Return ``HH:MM-HH:MM``, local time, over midnight too; "" for any time."""
    value = re.sub(r"\s*(?:[-‐–—―~∼〜至到]|--)\s*", "-", plain(text))
    if value in {"", "全天", "不限"}:
        return ""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})", value, re.ASCII)
    remedy = "write it as 22:00-06:00, or leave it empty for any time"
    if match is None:
        raise Unclear(f"{value!r} is no window", remedy)
    begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
    if (
        begin_hour > 23
        or end_hour > 24
        or max(begin_minute, end_minute) > 59
        or (end_hour == 24 and end_minute)
    ):
        raise Unclear(f"{value!r} holds a time that no clock shows", remedy)
    begin, end = f"{begin_hour:02}:{begin_minute:02}", f"{end_hour % 24:02}:{end_minute:02}"
    if begin == end:
        raise Unclear(f"{value!r} begins when it ends", remedy)
    return f"{begin}-{end}"


def wave(text: str) -> int:
    """Return the wave, from 1; 1 where nothing is said."""
    value = plain(text)
    match = re.fullmatch(r"第?([0-9]{1,3})(?:\.0+)?批?", value, re.ASCII)
    if value and (match is None or int(match[1]) == 0):
        raise Unclear(f"{value!r} is no wave", "write 1, 2, 3 ...")
    return int(match[1]) if match else 1


def address(text: str, vpn: list[netaddr.IPNetwork]) -> str:
    """Return an address inside the province's VPN, in its shortest form; "" for a library not enrolled."""
    value = plain(text)
    if not value:
        return ""
    try:
        found = netaddr.IPAddress(value)
    except (netaddr.AddrFormatError, ValueError) as error:
        raise Unclear(
            f"{value!r} is no address", "write it as 10.99.1.1, or leave it empty until enrolment"
        ) from error
    if not vpn:
        raise Unclear(
            "cannot be judged: the province names no range of its virtual network",
            "write its ranges as vpn into the *.library_registry.yml beside the registry",
        )
    home = next((network for network in vpn if found in network), None)
    if home is None:
        raise Unclear(
            f"{found} is outside the VPN ({', '.join(map(str, vpn))})", "take an address of the VPN"
        )
    if home.version == 4 and home.size > 2 and found in (home.network, home.broadcast):
        raise Unclear(f"{found} is the first or last address of {home}", "take one between them")
    return str(found)


def lans(text: str) -> tuple[netaddr.IPNetwork, ...]:
    """Return the networks of the library's own LAN: private ones (RFC 1918, RFC 4193)."""
    return tuple(map(_lan, filter(None, _SEPARATORS.split(plain(text)))))


def _lan(value: str) -> netaddr.IPNetwork:
    try:
        network = netaddr.IPNetwork(value)
    except (netaddr.AddrFormatError, ValueError) as error:
        raise Unclear(f"{value!r} is no network", "write it as 192.168.101.0/24") from error
    if "/" not in value:
        raise Unclear(f"{value!r} has no prefix length", f"write the whole network, such as {value}/24")
    if network.ip != network.network:
        raise Unclear(f"{value!r} is an address inside a network", f"write {network.cidr}")
    if not any(network in private for private in _PRIVATE):
        raise Unclear(
            f"{network} is not private", "write the library's inner network, such as 192.168.101.0/24"
        )
    return network


def collections(text: str) -> tuple[str, ...]:
    """Return the ids of the collections a library takes, each once; empty for all."""
    words = [word for word in _SEPARATORS.split(plain(text)) if word]
    if not words or words in (["全部"], ["all"], ["ALL"], ["All"]):
        return ()
    ids = [_COLLECTION_WORDS.get(word, _COLLECTION_WORDS.get(word.lower(), "")) for word in words]
    if unknown := [word for word, found in zip(words, ids, strict=True) if not found]:
        raise Unclear(
            f"no collection is called {'、'.join(unknown)}", f"write of {' '.join(c.id for c in COLLECTIONS)}"
        )
    return tuple(dict.fromkeys(ids))
