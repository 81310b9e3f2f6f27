"""The lab's disks: sparse images named by their serial, ``<serial>.img``, that hosts see as loop devices."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from lab import host, loop
from lab.faults import Faults
from lab.place import Place
from lab.spec import Spec
from shulu.findings import refuse

RELEASE_SECONDS = 10
SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


def data_serial(code: str) -> str:
    """Return the serial of the data disk of a host."""
    return f"{code}-data"


def make(place: Place, serial: str, size: int | None) -> Path:
    """Make a blank disk of ``size`` bytes, or find the one that is there; return its device here.

    A size of None means that it is there.
    """
    if not SERIAL.fullmatch(serial):
        raise refuse(serial, "is no serial for a disk", "use letters, digits, dots, hyphens; at most 64")
    image = place.disks / f"{serial}.img"
    place.disks.mkdir(exist_ok=True)
    if not image.exists():
        if size is None:
            raise refuse(serial, "is no disk of this lab", "give the size of a new one: --size 1G")
        with image.open("xb") as handle:
            os.truncate(handle.fileno(), size)
    elif size not in {None, image.stat().st_size}:
        raise refuse(serial, f"is there already with {image.stat().st_size} bytes", "give it another name")
    return loop.attach(image)


def ensure_data_disks(place: Place, spec: Spec, faults: Faults) -> None:
    """Give every host the data disk that its description asks for, plugged in from the first boot."""
    for each in spec.hosts:
        serial = data_serial(each.code)
        if each.data:
            if not _image(place, serial).exists():
                faults.plugged[serial] = each.code
                faults.save(place)
            make(place, serial, each.data)


def devices(place: Place, faults: Faults, code: str) -> list[Path]:
    """Return the devices of the disks that are plugged into a host."""
    return [loop.attach(_image(place, serial)) for serial in faults.disks_of(code)]


def plug(place: Place, faults: Faults, code: str, serial: str) -> Path:
    """Put a disk into a host; return the device that it shows up as there. The same again changes nothing."""
    if not _image(place, serial).exists():
        raise refuse(serial, "is no disk of this lab", f"make it: lab disk {place.lab} {serial} --size 1G")
    owner = faults.plugged.get(serial)
    if owner not in {None, code}:
        raise refuse(
            serial, f"is plugged into {owner}", f"pull it first: lab unplug {place.lab} {owner} {serial}"
        )
    device = loop.attach(_image(place, serial))
    faults.plugged[serial] = code
    faults.save(place)
    _show(place, faults, code)
    return device


def unplug(place: Place, faults: Faults, code: str, serial: str) -> None:
    """Pull a disk out of a host without asking it: whoever uses it gets I/O errors. No disk, no fault."""
    if not _image(place, serial).exists():
        raise refuse(serial, "is no disk of this lab")
    if faults.plugged.get(serial) != code:
        return
    del faults.plugged[serial]
    faults.save(place)
    for device in loop.attached(_image(place, serial)):
        loop.pull(device)
        # What has it mounted keeps the dead device; the next plug attaches the image to another one.
        loop.detach(device)
    _show(place, faults, code)


def remove(place: Place) -> None:
    """Let go of all images of the lab; the last mounts of a host just killed may take a moment."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while devices := loop.attached(place.disks):
        for device in devices:
            loop.detach(device)
        if time.monotonic() > deadline:
            raise refuse(
                ", ".join(map(str, devices)), "is still in use on this machine", "unmount it, then again"
            )
        time.sleep(0.05)


def _show(place: Place, faults: Faults, code: str) -> None:
    host.show_disks(place, code, devices(place, faults, code))


def _image(place: Place, serial: str) -> Path:
    return place.disks / f"{serial}.img"
