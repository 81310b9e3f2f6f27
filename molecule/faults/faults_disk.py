"""The shipping disk that goes to the library without a good line; what is on it can be made worse."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults_host import Host
from faults_province import COLLECTION, Export, Province, shulu

from lab import tool

SERIAL = "WD-FAULTS"
BYTES = 400 << 20


class ShippingDisk:
    """One disk, written anew for each journey."""

    def __init__(self, province: Province, host: Host) -> None:
        self.province = province
        self.host = host

    def write(self, export: Export) -> None:
        """Write a release's new bag; the disk must be at the province."""
        device = self._device()
        words = ["--from", export.folder, "--trust", self.province.keys, "--collections", COLLECTION]
        shulu("ship", *words, "--device", device, "--serial", SERIAL, "--erase", SERIAL)

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Mount it on this machine, so that somebody may write what no tool of the province writes."""
        with tempfile.TemporaryDirectory(prefix="shulu-faults-") as name:
            tool.run("mount", str(self._device()), name)
            try:
                yield Path(name)
            finally:
                tool.run("umount", name)

    def put(self, text: bytes, signature: bytes) -> None:
        """Put another release.json on it."""
        with self.opened() as folder:
            put(folder, text, signature)

    def mix(self, export: Export, other: Export) -> None:
        """Put another release's bag in the place of the new one."""
        with self.opened() as folder:
            shutil.rmtree(folder / export.bag)
            shutil.copytree(other.folder / other.bag, folder / export.bag)

    def flip(self, name: str) -> None:
        """Flip a bit of a file."""
        with self.opened() as folder:
            flip(folder / name)

    def plug(self) -> None:
        self.host.plug(SERIAL)

    def pull(self) -> None:
        self.host.unplug(SERIAL)

    def _device(self) -> Path:
        return self.host.make_disk(SERIAL, BYTES)


def put(folder: Path, text: bytes, signature: bytes) -> None:
    """Write a release and its signature into a folder, in place of what is there."""
    for name, content in (("release.json", text), ("release.json.sig", signature)):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o644)


@contextmanager
def swapped(folder: Path, export: Export, other: Export) -> Iterator[None]:
    """Have another version's bag where the new one should be, below a folder of export layout."""
    place = folder / export.bag
    kept = place.with_name("kept")
    place.rename(kept)
    try:
        shutil.copytree(other.folder / other.bag, place)
        yield
    finally:
        shutil.rmtree(place)
        kept.rename(place)


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file, in place, as a disk does that rots."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
