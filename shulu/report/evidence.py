"""Which receipts count. The others are told one by one, with what is wrong and what mends it.

A folder of what was fetched holds, for each mirror, ``<mirror>/receipts/<code>/`` and
``<mirror>/clients/<code>.pub``, as they lie on the mirror.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shulu.content.release import BagEntry, Release
from shulu.content.signature import MAX_SIGNATURE_BYTES, NAMESPACE_RECEIPT, read_regular
from shulu.delivery.inbox import MOST_BYTES, NAME
from shulu.delivery.receipt import Foreign, Receipt, Replayed, parse_receipt, require_signature
from shulu.findings import Refused
from shulu.registry import ROUTES, Library
from shulu.report.seal import holds
from shulu.report.words import line, minute

PATIENCE = timedelta(minutes=10)
"""How far a server's clock may be ahead."""
KINDS = {
    "signature": "签名无效",
    "malformed": "回执不完整",
    "replayed": "重复提交",
    "foreign": "他馆的回执",
    "province": "外省的回执",
    "registry": "馆名录未列的馆",
    "key": "缺少该馆公钥",
    "release": "未知批次",
    "content": "内容与批次不符",
    "future": "日期超前",
    "clock": "日期早于批次或先后颠倒",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A receipt that does not count: ``kind`` of KINDS, its file below the folder, its digest, why."""

    kind: str
    library: str
    file: str
    digest: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}: {self.en}"


@dataclass(frozen=True, slots=True)
class Counted:
    """A receipt that counts; ``bags`` are the release's own entries of what it names, so are the bytes."""

    no: int
    library: Library
    file: str
    digest: str
    release: Release
    bags: tuple[BagEntry, ...]
    route: str
    started: datetime
    ended: datetime
    travelled_files: int
    travelled_bytes: int
    bad_files: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Payload bytes that are live there."""
        return sum(bag.bytes for bag in self.bags)

    @property
    def live(self) -> bool:
        """Whether readers of that library have anything."""
        return bool(self.bags) or self.route == "remote"


class _No(Exception):  # noqa: N818 - an answer
    def __init__(self, kind: str, zh: str, en: str) -> None:
        self.kind, self.zh, self.en = kind, zh, en
        super().__init__(en)


class Judge:
    """Judges receipts of a province: its libraries by code, its releases by mark, the last moment allowed.

    ``given``: that moment was asked for, so what is later is no fault of a clock.
    """

    def __init__(
        self,
        libraries: Mapping[str, Library],
        releases: Mapping[tuple[int, int], Release],
        until: datetime,
        *,
        given: bool = False,
    ) -> None:
        self.libraries, self.releases, self.until, self.given = libraries, releases, until, given
        self.province = next(each.code for each in libraries.values() if each.tier == "province")[:2]
        self._entries: dict[tuple[int, int], dict[tuple[str, str, str], BagEntry]] = {}
        self._same: dict[tuple[BagEntry, ...], tuple[BagEntry, ...]] = {}

    def all(self, folder: Path) -> tuple[list[Counted], list[Rejected]]:
        """Return what counts, numbered, and what does not, by file.

        The newest of each library come first, by library, then the older ones: what is live has numbers
        in a row. A library that moves sends its receipts once more to its new mirror: a copy of what counts
        is not told.
        """
        good: dict[tuple[str, tuple[int, int], datetime], Counted] = {}
        rejected: list[Rejected] = []
        for file, key in _files(folder):
            name, code, digest = file.relative_to(folder).as_posix(), file.parent.name, ""
            try:
                text = _read(file)
                digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
                library = self._library(code)
                if NAME.fullmatch(file.name) is None:
                    raise _No("malformed", "文件名不是回执的文件名", "is not named as receipts are")
                receipt = self._counted(library, name, digest, _signed(text, file, key, code).document)
                first = good.setdefault((code, receipt.release.mark, receipt.ended), receipt)
                if first.digest != digest:
                    problem = f"is not the same as {first.file}, and for the same moment"
                    raise _No("replayed", f"与 {first.file} 完成时间相同而内容不同", problem)
            except _No as no:
                rejected.append(Rejected(no.kind, code, name, digest, no.zh, no.en))
        return _numbered(good.values()), _without(rejected, good.values())

    def _library(self, code: str) -> Library:
        if code in self.libraries:
            return self.libraries[code]
        if code[:2] != self.province:
            raise _No("province", f"{code} 不属于本省", f"{code} is no library of this province")
        raise _No(
            "registry",
            f"馆名录未列 {code}；请登记该馆或删除该回执",
            f"{code} is not in the registry; enrol it, or remove the receipt",
        )

    def _counted(self, library: Library, name: str, digest: str, document: Mapping[str, Any]) -> Counted:
        mark = (document["release"]["epoch"], document["release"]["serial"])
        release = self.releases.get(mark)
        if release is None:
            unknown = f"{mark[0]}-{mark[1]}"
            raise _No(
                "release",
                f"本机没有批次 {unknown}；请把该批次的 release.json 放入 releases",
                f"release {unknown} is unknown here; put its release.json into releases/",
            )
        began, ended = (_moment(document[name]) for name in ("started", "ended"))
        if ended > self.until:
            raise self._late(ended)
        if ended < release.issued or began > ended:
            raise _No(
                "clock",
                f"{document['started']} 至 {document['ended']} 有误；请校准该馆服务器时钟",
                f"{document['started']} to {document['ended']} cannot be; set that server's clock",
            )
        return Counted(
            no=0,
            library=library,
            file=name,
            digest=digest,
            release=release,
            bags=self._bags(document, release),
            route=document["route"],
            started=began,
            ended=ended,
            travelled_files=document["travelled_files"],
            travelled_bytes=document["travelled_bytes"],
            bad_files=tuple(document["bad_files"]),
        )

    def _late(self, ended: datetime) -> _No:
        moment, here = f"{ended:%Y-%m-%d %H:%M} UTC", minute(f"{ended:%Y-%m-%dT%H:%M:%SZ}")
        if self.given:
            return _No(
                "future", f"{here}（北京时间）晚于报告日期", f"ended {moment}, after the report's date"
            )
        return _No(
            "future",
            f"{here}（北京时间）晚于当前时间；请校准该馆服务器时钟",
            f"ended {moment}, in the future; set that server's clock",
        )

    def _bags(self, document: Mapping[str, Any], release: Release) -> tuple[BagEntry, ...]:
        """Return what a receipt names, as the release has it: a library may sign what it likes."""
        if release.mark not in self._entries:
            self._entries[release.mark] = {(bag.id, bag.version, bag.digest): bag for bag in release.bags}
        known = self._entries[release.mark]
        named = [(bag["id"], bag["version"], bag["digest"]) for bag in document["bags"]]
        if strange := next((bag for bag in named if bag not in known), None):
            what = line(f"{strange[0]}@{strange[1]}")
            raise _No(
                "content",
                f"批次 {release.name} 没有资源包 {what}",
                f"names {what}, which release {release.name} has not",
            )
        bags = tuple(known[bag] for bag in sorted(set(named)))
        # Most libraries have the same bags: kept once for all.
        bags = self._same.setdefault(bags, bags)
        said = (document["files"], document["bytes"])
        if len(bags) != len(named) or said != (sum(b.files for b in bags), sum(b.bytes for b in bags)):
            raise _No(
                "content",
                "文件数或字节数与所列资源包不符",
                "its sums are not those of the bags that it names",
            )
        if document["route"] not in ROUTES:
            route = line(document["route"])
            raise _No("content", f"没有推送方式 {route!r}", f"{route!r} is no route")
        return bags


def _read(file: Path) -> bytes:
    try:
        return read_regular(file, MOST_BYTES)
    except Refused as refused:
        raise _No("malformed", "不是普通文件，或文件过大、无法读取", refused.findings[0].problem) from None


def _signed(text: bytes, file: Path, key: Path, code: str) -> Receipt:
    try:
        public = read_regular(key, MAX_SIGNATURE_BYTES).decode("utf-8", "replace")
    except Refused:
        raise _No(
            "key",
            f"上级馆缺少 {code} 的公钥，无法验证签名；请运行 site.yml 部署",
            f"the mirror has no key of {code}, so nothing can be verified; run site.yml",
        ) from None
    try:
        signature = read_regular(file.with_suffix(".json.sig"), MAX_SIGNATURE_BYTES)
        if not holds(text, signature, public, NAMESPACE_RECEIPT):
            require_signature(text, file, public, code)
        return parse_receipt(text, file, code)
    except Refused as refused:
        # Without the remedy, which names a folder of the moment.
        en = line(refused.findings[0].problem)
        if isinstance(refused, Foreign):
            raise _No("foreign", "回执所载馆代码与所在文件夹不符", en) from None
        if isinstance(refused, Replayed):
            raise _No("replayed", "旧回执改名后重复提交", en) from None
        if en.startswith("is no receipt"):
            raise _No("malformed", "缺项或数据类型有误", en) from None
        raise _No("signature", "签名并非该馆密钥对此内容所作，不予采信；请查明来源", en) from None


def _numbered(receipts: Iterable[Counted]) -> list[Counted]:
    by_moment = sorted(receipts, key=lambda each: (each.library.code, each.ended, each.file))
    newest = {each.library.code: each for each in by_moment}
    older = [each for each in by_moment if each is not newest[each.library.code]]
    return [replace(each, no=no) for no, each in enumerate([*newest.values(), *older], 1)]


def _without(rejected: Iterable[Rejected], receipts: Iterable[Counted]) -> list[Rejected]:
    """Leave out copies of what counts, under their own name: elsewhere the key may be another."""
    counted = {(each.library.code, _name(each.file), each.digest) for each in receipts}
    return [each for each in rejected if (each.library, _name(each.file), each.digest) not in counted]


def _name(file: str) -> str:
    return file.rpartition("/")[2]


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Find receipts and the keys that they must be signed with; both may be missing."""
    for mirror in sorted(folder.iterdir()) if folder.is_dir() else []:
        for library in sorted((mirror / "receipts").glob("*/")):
            for file in sorted(library.glob("*.json")):
                yield file, mirror / "clients" / f"{library.name}.pub"


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
