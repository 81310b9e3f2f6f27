"""Which receipts count. The others are told one by one, with what is wrong and what mends it.

A folder of what was fetched holds, for each mirror, ``<mirror>/receipts/<code>/`` and
``<mirror>/clients/<code>.pub``, as they lie on the mirror.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shulu.content.release import BagEntry, Release
from shulu.delivery.receipt import Foreign, Receipt, Replayed, check_receipt
from shulu.findings import Refused
from shulu.registry import ROUTES, Library

PATIENCE = timedelta(minutes=10)
"""How far a server's clock may be ahead."""
KINDS = {
    "signature": "签名不成立",
    "malformed": "不是完整的回执",
    "replayed": "重复提交",
    "foreign": "他馆回执",
    "province": "外省回执",
    "registry": "馆名录中没有的馆",
    "key": "没有该馆公钥",
    "release": "未知批次",
    "content": "内容与批次不符",
    "future": "日期在将来",
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
    document: Mapping[str, Any]
    release: Release
    bags: tuple[BagEntry, ...]
    ended: datetime

    @property
    def bytes(self) -> int:
        """Payload bytes that are live there."""
        return sum(bag.bytes for bag in self.bags)

    @property
    def route(self) -> str:
        """By which way it came: network, disk or remote."""
        return str(self.document["route"])

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

    def all(self, folder: Path) -> tuple[list[Counted], list[Rejected]]:
        """Return what counts, by library and moment and numbered so, and what does not, by file."""
        good: list[tuple[str, str, Receipt, tuple[BagEntry, ...], Release, datetime]] = []
        rejected: list[Rejected] = []
        seen: dict[tuple[str, tuple[int, int], str], str] = {}
        for file, key in _files(folder):
            name, digest = file.relative_to(folder).as_posix(), _digest(file)
            code = file.parent.name
            try:
                receipt = self._signed(file, key, code)
                bags, release, ended = self._plausible(receipt.document)
                mark = (code, release.mark, str(receipt.document["ended"]))
                if mark in seen:
                    raise _No("replayed", f"与 {seen[mark]} 是同一回执", f"is the same as {seen[mark]}")
                seen[mark] = name
                good.append((name, digest, receipt, bags, release, ended))
            except _No as no:
                rejected.append(Rejected(no.kind, code, name, digest, no.zh, no.en))
        good.sort(key=lambda each: (each[2].library, each[5], each[0]))
        return [
            Counted(no, self.libraries[receipt.library], name, digest, receipt.document, release, bags, ended)
            for no, (name, digest, receipt, bags, release, ended) in enumerate(good, 1)
        ], rejected

    def _signed(self, file: Path, key: Path, code: str) -> Receipt:
        if code not in self.libraries:
            if code[:2] != self.province:
                raise _No("province", f"{code} 不属于本省", f"{code} is no library of this province")
            raise _No(
                "registry",
                f"馆名录中没有 {code}；应登记该馆或删除回执",
                f"{code} is not in the registry; enrol it, or remove the receipt",
            )
        if not key.is_file():
            raise _No(
                "key",
                f"上级馆没有 {code} 的公钥，无法验签；请用 site.yml 部署",
                f"the mirror has no key of {code}, so nothing can be verified; run site.yml",
            )
        try:
            return check_receipt(file, key, code)
        except Refused as refused:
            # Without the remedy, which names a folder of the moment.
            en = refused.findings[0].problem
            if isinstance(refused, Foreign):
                raise _No("foreign", "签名者不是本文件夹的馆", en) from None
            if isinstance(refused, Replayed):
                raise _No("replayed", "旧回执换名重交", en) from None
            if en.startswith(("is no receipt", "is not named")):
                raise _No("malformed", "缺项、类型不对或文件名不对", en) from None
            raise _No("signature", "不是该馆密钥为此内容所签，不可采信；请查清来路", en) from None

    def _plausible(self, document: Mapping[str, Any]) -> tuple[tuple[BagEntry, ...], Release, datetime]:
        mark = (document["release"]["epoch"], document["release"]["serial"])
        release = self.releases.get(mark)
        if release is None:
            name = f"{mark[0]}-{mark[1]}"
            raise _No(
                "release",
                f"本机没有批次 {name}；请把该批次的 release.json 放入 releases",
                f"release {name} is unknown here; put its release.json into releases/",
            )
        began, ended = (_moment(document[name]) for name in ("started", "ended"))
        if ended > self.until:
            raise self._late(ended)
        if ended < release.issued or began > ended:
            raise _No(
                "clock",
                f"{document['started']} 至 {document['ended']} 不可能；请校准该馆时钟后重发",
                f"{document['started']} to {document['ended']} cannot be; set that server's clock",
            )
        return _bags(document, release), release, ended

    def _late(self, ended: datetime) -> _No:
        moment = f"{ended:%Y-%m-%d %H:%M} UTC"
        if self.given:
            return _No("future", f"{moment}，晚于报告日期", f"ended {moment}, after the report's date")
        return _No(
            "future",
            f"{moment} 在将来；请校准该馆时钟",
            f"ended {moment}, in the future; set that server's clock",
        )


def _bags(document: Mapping[str, Any], release: Release) -> tuple[BagEntry, ...]:
    """Return what a receipt names, as the release has it: a library may sign what it likes."""
    known = {(bag.id, bag.version, bag.digest): bag for bag in release.bags}
    named = [(bag["id"], bag["version"], bag["digest"]) for bag in document["bags"]]
    if strange := next((bag for bag in named if bag not in known), None):
        what = f"{strange[0]}@{strange[1]}"
        raise _No(
            "content",
            f"批次 {release.name} 没有资源包 {what}",
            f"names {what}, which release {release.name} has not",
        )
    bags = tuple(known[bag] for bag in sorted(set(named)))
    said = (document["files"], document["bytes"])
    if len(bags) != len(named) or said != (sum(b.files for b in bags), sum(b.bytes for b in bags)):
        raise _No("content", "数量与所列资源包不符", "its sums are not those of the bags that it names")
    if document["route"] not in ROUTES:
        raise _No("content", f"没有推送方式 {document['route']!r}", f"{document['route']!r} is no route")
    return bags


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Find receipts and the keys that they must be signed with; both may be missing."""
    for mirror in sorted(folder.iterdir()) if folder.is_dir() else []:
        for library in sorted((mirror / "receipts").glob("*/")):
            for file in sorted(library.glob("*.json")):
                yield file, mirror / "clients" / f"{library.name}.pub"


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError:
        return ""


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
