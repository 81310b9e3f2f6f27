"""The lab's disks: sparse images named by their serial, ``<serial>.img``, that hosts see as loop devices."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lab import host, loop, tool
from lab.faults import Faults
from lab.place import Place
from lab.spec import Spec
from shulu.findings import refuse

SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


def data_serial(code: str) -> str:
    """Return the serial of the data disk of a host."""
    return f"{code}-data"


def make(place: Place, serial: str, size: int) -> Path:
    """Make a blank disk of ``size`` bytes, or keep the one that is there; return its device on this machine."""
    if not SERIAL.fullmatch(serial):
        raise refuse(serial, "is no serial for a disk", "use letters, digits, dots, hyphens; at most 64")
    image = place.disks / f"{serial}.img"
    place.disks.mkdir(exist_ok=True)
    if not image.exists():
        with image.open("xb") as handle:
            os.truncate(handle.fileno(), size)
    elif image.stat().st_size != size:
        raise refuse(serial, f"is there already with {image.stat().st_size} bytes", "give it another name")
    return loop.attach(image)


def ensure_data_disks(place: Place, spec: Spec, faults: Faults) -> None:
    """Give every host the data disk that its description asks for, plugged in from the first boot."""
    for each in spec.hosts:
        serial = data_serial(each.code)
        if each.data:
            new = not _image(place, serial).exists()
            make(place, serial, each.data)
            if new:
                faults.plugged[serial] = each.code


def devices(place: Place, faults: Faults, code: str) -> list[Path]:
    """Return the devices of the disks that are plugged into a host."""
    return [loop.attach(_image(place, serial)) for serial in faults.disks_of(code)]


def plug(place: Place, faults: Faults, code: str, serial: str) -> Path:
    """Put a disk into a host; return the device that it shows up as there. The same again changes nothing."""
    if not _image(place, serial).exists():
        raise refuse(serial, "is no disk of this lab", f"make it: lab disk {place.lab} {serial} --size 1G")
    owner = faults.plugged.get(serial)
    if owner not in {None, code}:
        raise refuse(serial, f"is plugged into {owner}", f"pull it first: lab unplug {place.lab} {owner} {serial}")
    device = loop.attach(_image(place, serial))
    loop.push(device)
    faults.plugged[serial] = code
    faults.save(place)
    leader = host.leader(place, code)
    if leader and not host.has_node(leader, device):
        number = os.stat(device).st_rdev
        inside = ("nsenter", "-t", str(leader), "-m", "-p")
        tool.run(*inside, "mknod", "-m", "660", str(device), "b", str(os.major(number)), str(os.minor(number)))
        tool.run(*inside, "chgrp", "disk", str(device))
    return device


def unplug(place: Place, faults: Faults, code: str, serial: str) -> None:
    """Pull a disk out of a host without asking it: whoever uses it gets I/O errors. Not plugged: nothing to do."""
    if not _image(place, serial).exists():
        raise refuse(serial, "is no disk of this lab")
    if faults.plugged.get(serial) != code:
        return
    del faults.plugged[serial]
    faults.save(place)
    for device in loop.attached(_image(place, serial)):
        loop.pull(device)
        leader = host.leader(place, code)
        if leader and host.has_node(leader, device):
            inside = ("nsenter", "-t", str(leader), "-m", "-p")
            # A node that was there at boot is a mount; one that came later is a file.
            tool.works(*inside, "umount", "--lazy", str(device))
            tool.run(*inside, "rm", "--force", str(device))
        # What has it mounted keeps the dead device; the next plug attaches the image to another one.
        loop.detach(device)


def remove(place: Place) -> None:
    """Let go of all images of the lab."""
    for device in loop.attached(place.disks):
        loop.detach(device)


def _image(place: Place, serial: str) -> Path:
    return place.disks / f"{serial}.img"
