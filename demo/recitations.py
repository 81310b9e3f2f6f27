"""Recitations of Tang poems: a voice's syllables joined by the poems' readings, with the text as captions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo import packages
from demo.chinese import simplified, syllables
from demo.fetch import Cache
from demo.media import ffmpeg
from demo.poetry import dist, read
from demo.sizes import Size
from demo.source import SourceFolder

RATE = 24000
"""Samples a second, 16 bits each."""
_PAUSE = bytes(2 * RATE // 2)
_SPEAKER = "5.ogg"


class Voice:
    """A speaker's recorded syllables, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def says(self, names: list[str]) -> bool:
        """Tell whether every one of these syllables was recorded."""
        return all((self._folder / name / _SPEAKER).is_file() for name in names)

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
    """Write recitations of the Three Hundred Tang Poems, in the book's order, that the voice can say."""
    voice = Voice(cache.tree(packages.VOICE) / "usr/share/gcin-voice/ogg")
    for poem in _poems(dist(cache)):
        if len(out) == size.recitations:
            return
        title, author = simplified(poem["chapter"].strip()), simplified(poem["author"].strip())
        lines = [simplified(line) for line in poem["paragraphs"]]
        spoken = [syllables(line) for line in (title, author, *lines)]
        if not all(line and voice.says(line) for line in spoken):
            continue
        sounds = [line + _PAUSE for line in voice.samples(spoken)]
        name = f"{len(out) + 1:03}"
        raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
        sound = out.path(f"{name}.mp3")
        ffmpeg(raw, ["-c:a", "libmp3lame", "-b:a", "48k"], sound, b"".join(sounds))
        captions = _captions([title, author, *lines], [len(part) / 2 / RATE for part in sounds])
        out.add(
            "",
            title,
            [sound.name, out.write(f"{name}.vtt", captions.encode())],
            creator=[author],
            contributor=["徵音梅林开发委员会录音组"],
            subject=["唐诗", "经典诵读"],
            description="".join(lines)[:300],
            language="zh",
            type="Sound",
            format="audio/mpeg",
            rights=f"诗文属公有领域；语音 {packages.VOICE.name}，{packages.VOICE.licence}，由单字拼接",
        )


def _poems(root: Path) -> Iterator[dict[str, Any]]:
    for part in read(root / "mengxue/tangshisanbaishou.json")["content"]:
        yield from part["content"]


def _captions(lines: list[str], seconds: list[float]) -> str:
    """Return the text as WebVTT (W3C), a cue a line."""
    cues, now = ["WEBVTT"], 0.0
    for line, length in zip(lines, seconds, strict=True):
        cues.append(f"{_clock(now)} --> {_clock(now + length)}\n{line}")
        now += length
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60):02}:{seconds % 60:06.3f}"
