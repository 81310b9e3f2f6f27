"""The three collections of pictures: clip art in the public domain, and photographs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from demo import packages
from demo.fetch import Cache
from demo.media import picture
from demo.packages import Package
from demo.sizes import Size
from demo.source import SourceFolder

_PRINTS = {"plants": "花卉", "animals": "鸟兽", "decorations": "吉祥", "food": "食物", "buildings": "楼阁"}
_PAINTINGS = {"recreation": "游艺", "education": "读书", "transportation": "出行", "tools": "百工"}


def build_prints(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the New Year prints."""
    _drawings(out, size, cache, size.prints, (_PRINTS, "装饰图", "年画"))


def build_paintings(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the pictures of the ethnic minorities."""
    _drawings(out, size, cache, size.paintings, (_PAINTINGS, "风俗图", "少数民族"))


def build_photographs(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write the old photographs, grey as such are."""
    sources = [packages.SAMPLES, packages.KYLIN, *([packages.PLASMA] if size.name == "full" else [])]
    found = [(package, path) for package in sources for path in _images(cache.tree(package))]
    chosen = found[: size.photographs]
    names = [f"{number:04}.jpg" for number in range(1, len(chosen) + 1)]
    paths = [out.path(name) for name in names]
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(picture, origin, path, size.picture_width, grey=True)
            for (_, origin), path in zip(chosen, paths, strict=True)
        ]
        for job in jobs:
            job.result()
    for number, ((package, path), name) in enumerate(zip(chosen, names, strict=True), 1):
        origin = (package, path, "image/jpeg")
        _add(out, f"旧影 第{number}帧", name, ["老照片", "摄影"], origin, series="旧影")


def _drawings(
    out: SourceFolder, size: Size, cache: Cache, count: int, words: tuple[dict[str, str], str, str]
) -> None:
    """Write drawings of several kinds; the tiny size takes them from a package that it has already."""
    kinds, noun, subject = words
    if size.name == "tiny":
        images = _images(cache.tree(packages.KYLIN))
        first = 0 if subject == "年画" else count
        for number, path in enumerate(images[first : first + count], 1):
            name = f"{number:04}.jpg"
            picture(path, out.path(name), size.picture_width)
            origin = (packages.KYLIN, path, "image/jpeg")
            # One record of the tests' library may be read less widely than its bag.
            licence = {"scope": "lan"} if subject == "年画" and number == count else None
            _add(out, f"{noun} 第{number}幅", name, [subject, "图片"], origin, series=noun, licence=licence)
        return
    root = cache.tree(packages.CLIPART) / "usr/share/openclipart/png"
    for kind, word in kinds.items():
        images = [
            path for path in sorted((root / kind).rglob("*.png")) if 2000 < path.stat().st_size < 300_000
        ]
        for number, path in enumerate(images[: count // len(kinds)], 1):
            name = out.copy(f"{kind}/{number:04}.png", path)
            _add(
                out,
                f"{word}{noun} 第{number}幅",
                name,
                [subject, word],
                (packages.CLIPART, path, "image/png"),
                series=f"{word}{noun}",
            )


def _images(tree: Path) -> list[Path]:
    """Return a package's pictures that are large enough to look at, each once."""
    found: dict[Path, Path] = {}
    for path in sorted(tree.rglob("*")):
        likely = path.suffix.lower() in {".jpg", ".jpeg", ".png"} and path.is_file() and not path.is_symlink()
        if likely and path.stat().st_size > 100_000 and "1080x1920" not in path.name:
            found.setdefault(path.parents[2] if path.parent.name.startswith("images") else path, path)
    return list(found.values())


def _add(
    out: SourceFolder,
    title: str,
    name: str,
    subject: list[str],
    origin: tuple[Package, Path, str],
    *,
    series: str,
    licence: dict[str, str] | None = None,
) -> None:
    package, path, media_type = origin
    out.add(
        "",
        title,
        [name],
        subject=subject,
        description=f"演示用图片，原文件名 {path.stem.replace('_', ' ')}。",
        language="zxx",
        type="StillImage",
        format=media_type,
        series=series,
        licence=licence,
        rights=f"软件包 {package.name}，{package.licence}" + ("；有缩放" if name.endswith(".jpg") else ""),
    )
