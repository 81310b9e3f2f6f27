"""The question before every delivery: which release is live at the upstream?

One session of ssh(1) and an answer of some kilobytes, without rsync at either end: this is all that travels
while nothing is new. The answer is not believed; ``offer`` checks its signature.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, Self, cast

from shulu.content.release import MAX_BYTES, RELEASE_FILE, SIGNATURE_FILE
from shulu.content.signature import MAX_SIGNATURE_BYTES
from shulu.delivery.config import Config
from shulu.delivery.line import TIMEOUT_SECONDS, Line, LineCut, judge_session, open_line

QUESTION = "release"
"""What a library sends instead of a command (``SSH_ORIGINAL_COMMAND``)."""
_MOST_BYTES = MAX_BYTES + MAX_SIGNATURE_BYTES

_HEADER = re.compile(rb"([0-9]{1,9}) ([0-9]{1,9})\n")
_NOTHING = b"none\n"


class Answer(NamedTuple):
    """Both files of a release as they came, unchecked."""

    text: bytes
    signature: bytes


class NoRelease(Exception):  # noqa: N818 - a state of the upstream, not a fault
    """The upstream has nothing live yet."""


def reply(live: Path, stream: BinaryIO) -> None:
    """Answer on the mirror's side: the lengths of both files on a line, then the files; or ``none``.

    Both are read through one descriptor of the folder, so that a switch between them cannot mix two releases.
    """
    try:
        folder = os.open(live, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        stream.write(_NOTHING)
        return
    try:
        texts = [_read(folder, name) for name in (RELEASE_FILE, SIGNATURE_FILE)]
    finally:
        os.close(folder)
    stream.write(b"%d %d\n" % (len(texts[0]), len(texts[1])))
    stream.writelines(texts)


def _read(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as stream:
        return stream.read()


class Question:
    """A question under way; it may be asked before anybody waits for the answer. Close it in any case."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._process = subprocess.Popen(
            line.session(QUESTION),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, answered or not."""
        self._process.terminate()
        self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            cast(IO[bytes], stream).close()

    def answer(self) -> Answer:
        """Wait for the answer. Raises NoRelease, LineCut, LineBusy, Refused."""
        said = self._collect()
        code = self._process.wait()
        if code != 0:
            complained = os.read(cast(IO[bytes], self._process.stderr).fileno(), 1 << 16)
            raise judge_session(code, complained.decode("utf-8", "replace"), self._line.upstream)
        if said == _NOTHING:
            raise NoRelease
        header = _HEADER.match(said)
        lengths = [int(number) for number in header.groups()] if header else []
        if header is None or len(said) != header.end() + sum(lengths):
            raise LineCut(f"{self._line.upstream.host}: the answer is not whole")
        return Answer(said[header.end() : header.end() + lengths[0]], said[header.end() + lengths[0] :])

    def _collect(self) -> bytes:
        stream = cast(IO[bytes], self._process.stdout)
        blocks: list[bytes] = []
        size, heard = 0, time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while size <= _MOST_BYTES and time.monotonic() - heard < TIMEOUT_SECONDS:
                if selector.select(timeout=1.0):
                    heard = time.monotonic()
                    block = os.read(stream.fileno(), 1 << 18)
                    if not block:
                        return b"".join(blocks)
                    blocks.append(block)
                    size += len(block)
        self._process.terminate()
        raise LineCut(f"{self._line.upstream.host}: no answer, or one without an end")


@contextmanager
def asked_early(config: Config) -> Iterator[Question | None]:
    """Ask a server's upstream, where its route has one to ask, and let the program go on meanwhile."""
    line = open_line(config) if config.route != "disk" else None
    if line is None:
        yield None
        return
    with Question(line) as question:
        yield question
