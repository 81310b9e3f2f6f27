"""Recitations of Tang poems: a voice's syllables joined by the poems' readings, with the text as captions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from demo import packages
from demo.chinese import simplified, syllables
from demo.fetch import Cache
from demo.media import captions, duration, ffmpeg
from demo.poetry import dist, read
from demo.sizes import Size
from demo.source import SourceFolder

RATE = 24000
"""Samples a second, 16 bits each."""
_PAUSE = bytes(2 * RATE // 2)
_SPEAKER = "5.ogg"
_LONGEST = 40
"""Characters of a title that names several poems."""


@dataclass(frozen=True, slots=True)
class Poem:
    """A poem in simplified characters."""

    title: str
    author: str
    lines: tuple[str, ...]

    def said(self) -> tuple[str, ...]:
        """Return what the voice says: title, author, and the lines."""
        return (self.title, self.author, *self.lines)

    def syllables(self) -> list[list[str]]:
        """Return the syllables of each line that is said, maybe none."""
        return [syllables(line) for line in self.said()]


class Voice:
    """A speaker's recorded syllables, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def says(self, names: list[str]) -> bool:
        """Tell whether there is something to say, and every one of these syllables was recorded."""
        return bool(names) and all((self._folder / name / _SPEAKER).is_file() for name in names)

    def samples(self, lines: list[list[str]]) -> list[bytes]:
        """Return each line's syllables one after the other, as raw samples."""
        with tempfile.TemporaryDirectory() as scratch:
            inputs: list[str] = []
            chains: list[str] = []
            outputs: list[str] = []
            for number, line in enumerate(lines):
                streams = "".join(f"[{len(inputs) // 2 + place}]" for place in range(len(line)))
                inputs += [word for name in line for word in ("-i", str(self._folder / name / _SPEAKER))]
                chains.append(f"{streams}concat=n={len(line)}:v=0:a=1[{_label(number)}]")
                outputs += ["-map", f"[{_label(number)}]", "-f", "s16le", "-ar", str(RATE), "-ac", "1"]
                outputs += [f"{scratch}/{number}"]
            ffmpeg([*inputs, "-filter_complex", ";".join(chains)], outputs[:-1], Path(outputs[-1]))
            return [Path(f"{scratch}/{number}").read_bytes() for number in range(len(lines))]


def _label(number: int) -> str:
    return f"line{number}"


def build(out: SourceFolder, size: Size, cache: Cache) -> None:
    """Write recitations of the Three Hundred Tang Poems, in the book's order, that the voice can say.

    Poems of one poet that follow each other are the tracks of one item.
    """
    voice = Voice(cache.tree(packages.VOICE) / "usr/share/gcin-voice/ogg")
    spoken = (poem for poem in _poems(dist(cache)) if all(map(voice.says, poem.syllables())))
    count = 0
    for author, poems in groupby(spoken, key=lambda poem: poem.author):
        if len(out) == size.recitations:
            return
        tracks = []
        for poem in poems:
            count += 1
            tracks.append((poem, _record(out, voice, poem, f"{count:03}")))
        _add(out, author, tracks)


def _record(out: SourceFolder, voice: Voice, poem: Poem, name: str) -> Path:
    """Write a poem's sound and its words in time; return the sound's file."""
    sounds = [line + _PAUSE for line in voice.samples(poem.syllables())]
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
    path = out.path(f"{name}.mp3")
    ffmpeg(raw, ["-c:a", "libmp3lame", "-b:a", "48k"], path, b"".join(sounds))
    seconds = [len(part) / 2 / RATE for part in sounds]
    out.write(f"{name}.vtt", captions(list(zip(poem.said(), seconds, strict=True))))
    return path


def _add(out: SourceFolder, author: str, tracks: list[tuple[Poem, Path]]) -> None:
    parts: list[dict[str, Any]] = [{"title": poem.title, "duration": duration(path)} for poem, path in tracks]
    names = [poem.title for poem, _ in tracks]
    text = "\n\n".join(f"《{poem.title}》\n" + "\n".join(poem.lines) for poem, _ in tracks)
    title = names[0] if len(names) == 1 else f"{author}诗{len(names)}首：{'、'.join(names)}"
    out.add(
        "",
        title if len(title) <= _LONGEST else f"{title[:_LONGEST]}等",
        [path.with_suffix(suffix).name for suffix in (".mp3", ".vtt") for _, path in tracks],
        creator=[author],
        contributor=["徵音梅林开发委员会录音组"],
        subject=["唐诗", "经典诵读"],
        description=text if len(names) > 1 else "\n".join(tracks[0][0].lines),
        language="zh",
        type="Sound",
        format="audio/mpeg",
        series="唐诗三百首诵读",
        duration=round(sum(part["duration"] for part in parts), 3),
        parts=parts,
        rights=f"诗文属公有领域；语音 {packages.VOICE.name}，{packages.VOICE.licence}，由单字拼接",
    )


def _poems(root: Path) -> Iterator[Poem]:
    for part in read(root / "mengxue/tangshisanbaishou.json")["content"]:
        for poem in part["content"]:
            title, author = simplified(poem["chapter"].strip()), simplified(poem["author"].strip())
            yield Poem(title, author, tuple(simplified(line) for line in poem["paragraphs"]))
