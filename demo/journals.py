"""Journals: page images of Chinese handbooks, cut into the issues of a year."""

from __future__ import annotations

import gzip
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from demo import packages
from demo.fetch import Cache
from demo.packages import Package
from demo.sizes import Size
from demo.source import SourceFolder

YEAR = 2014
# package, its file (name or pattern), title, creator
TITLES = (
    (packages.REFERENCE, "usr/share/debian-reference/*.zh-cn.pdf", "Debian参考手册", "青木修"),
    (
        packages.INSTALLATION,
        "usr/share/doc/*/zh_CN/install.zh_CN.pdf*",
        "Debian安装手册",
        "Debian安装程序团队",
    ),
    (packages.DEBMAKE, "usr/share/doc/debmake-doc/*.zh-cn.pdf", "Debian维护者指南", "青木修"),
    (packages.EDU, "usr/share/doc/*/debian-edu-*-manual.pdf", "Debian教育版手册", "Debian Edu团队"),
)


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the issues of each title; the small size has one title, so that it fetches one package."""
    titles = TITLES[:1] if size.name == "tiny" else TITLES
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as pool:
        for package, pattern, title, creator in titles:
            found = pdf(cache.tree(package), pattern, Path(scratch))
            count = min(size.issues // len(titles), -(-_pages(found) // size.pages))
            numbers = range(1, count + 1)
            folders = [out.path(f"{_slug(title)}/{YEAR}-{number:02}/x").parent for number in numbers]
            jobs = [
                pool.submit(_render, found, folder, 1 + (number - 1) * size.pages, size)
                for number, folder in zip(numbers, folders, strict=True)
            ]
            for number, folder, job in zip(numbers, folders, jobs, strict=True):
                job.result()
                _add(out, package, folder, number, (title, creator))


def _add(out: SourceFolder, package: Package, folder: Path, number: int, names: tuple[str, str]) -> None:
    title, creator = names
    root = out.folder / "files"
    files = [path.relative_to(root).as_posix() for path in sorted(folder.iterdir())]
    out.add(
        _slug(title),
        f"{title} {YEAR}年第{number}期",
        files,
        creator=[creator],
        subject=["期刊", "信息技术"],
        description=f"《{title}》第{number}期，共{len(files)}页。演示用期刊，由手册分期而成。",
        date=f"{YEAR}-{number:02}" if number <= 12 else str(YEAR),
        language="zh",
        type="Text",
        format="image/jpeg",
        series=title,
        issue=f"{YEAR}年第{number}期",
        rights=f"Debian软件包 {package.name}，{package.licence}",
    )


def _slug(title: str) -> str:
    return {"参考": "reference", "安装": "installation", "维护": "maintainer", "教育": "education"}[
        title[6:8]
    ]


def pdf(tree: Path, pattern: str, scratch: Path) -> Path:
    """Return the handbook that a package has, unpacked into ``scratch`` where it is packed."""
    found = next(path for path in sorted(tree.glob(pattern)) if path.is_file())
    if found.suffix != ".gz":
        return found
    plain = scratch / found.stem
    plain.write_bytes(gzip.decompress(found.read_bytes()))
    return plain


def _pages(pdf: Path) -> int:
    text = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    match = re.search(r"^Pages:\s+(\d+)", text, re.MULTILINE)
    return int(match[1]) if match else 0


def _render(pdf: Path, folder: Path, first: int, size: Size) -> None:
    """Render one issue's pages (pdftoppm(1)), named so that their order is the pages'."""
    command = ["pdftoppm", "-jpeg", "-jpegopt", "quality=80", "-r", str(size.page_dpi)]
    command += ["-f", str(first), "-l", str(first + size.pages - 1), str(pdf), str(folder / "page")]
    subprocess.run(command, capture_output=True, check=True)
