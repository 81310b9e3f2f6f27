"""ffmpeg, without a trace of when and where it ran."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from shulu.findings import refuse

_EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


def ffmpeg(
    source: Sequence[str],
    result: Sequence[str],
    out: Path | None = None,
    data: bytes | None = None,
    threads: int = 1,
) -> bytes:
    """Run ffmpeg(1); return what it writes to standard output where ``out`` is None.

    The count of threads decides the bytes: it is never the machine's.

    Raises Refused where it is missing or fails.
    """
    command = ["ffmpeg", "-v", "error", "-y", *([] if data is not None else ["-nostdin"]), *source]
    command += ["-threads", str(threads), *_EXACT, *result, str(out) if out else "-"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False)
    except FileNotFoundError:
        raise refuse("demo", "ffmpeg is missing", "install the Debian package ffmpeg") from None
    if done.returncode:
        raise refuse("demo", f"ffmpeg failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def duration(path: Path) -> float:
    """Return how long a film or a sound is, in seconds to the millisecond. Raises Refused."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return round(float(done.stdout), 3)
    except FileNotFoundError:
        raise refuse("demo", "ffprobe is missing", "install the Debian package ffmpeg") from None
    except ValueError:
        raise refuse("demo", f"ffprobe failed: {done.stderr.strip()[-300:]}") from None


def captions(lines: Sequence[tuple[str, float]]) -> bytes:
    """Return lines with their seconds as WebVTT (W3C), a cue each, one after the other."""
    cues, now = ["WEBVTT"], 0.0
    for line, length in lines:
        cues.append(f"{_clock(now)} --> {_clock(now + length)}\n{line}")
        now += length
    return ("\n\n".join(cues) + "\n").encode()


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60):02}:{seconds % 60:06.3f}"


def picture(source: Path, out: Path, width: int, grey: bool = False) -> None:
    """Write a picture as JPEG, no wider than ``width`` pixels; ``grey`` as an old photograph is."""
    filters = [
        f"scale='min({width},iw)':-2:flags=area",
        *(["format=gray"] if grey else []),
        "format=yuvj420p",
    ]
    result = ["-frames:v", "1", "-update", "1", "-vf", ",".join(filters), "-q:v", "4"]
    ffmpeg(["-i", str(source)], result, out)
