"""Ansible module ``data_volume``: a data disk, found by its serial, and never formatted unasked."""

from __future__ import annotations

DOCUMENTATION = r"""
module: data_volume
short_description: Find the data disk by its serial and put a file system on a blank one
description:
  - A disk with anything on it is never formatted. A blank disk is formatted only when O(format) says so.
  - A disk that already carries the label is taken as it is.
  - All that stands against the disk is said at once.
options:
  serial:
    description:
      - The serial printed on the disk, as C(lsblk -o +SERIAL) shows it.
      - A loop device bears the stem of its backing file.
    type: str
    required: true
  label:
    description: Label of the file system, at most 16 bytes.
    type: str
    required: true
  format:
    description: Whether a blank disk with this serial is to be formatted.
    type: bool
    default: false
  needed_bytes:
    description: What the disk has to hold.
    type: int
    default: 0
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Prepare the data volume
  data_volume:
    serial: WD-WX12D1234567
    label: shulu-data
    format: true
"""

RETURN = r"""
uuid:
  description: UUID of the file system, also of the one that would be made.
  type: str
  returned: success
device:
  description: The node of the disk at this moment; it may be another after the next boot.
  type: str
  returned: success
"""

import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.block_devices import BlockDevice, Contents, contents, disks

# A UUID made of the serial is known before the disk is formatted, so a rehearsal can foretell the mount.
NAMESPACE = uuid.UUID("7c8d3e9a-5a63-4d0c-9f3b-5f1d3a6f2b71")
# What ext4 leaves for files after its inode tables, journal and reserve.
USABLE = 0.96


class VolumeError(Exception):
    """A disk that cannot serve as the data volume; the message names every reason and its remedy."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: the disk, the UUID of its file system, and whether that is to be made."""

    device: Path
    uuid: str
    make: bool


def choose(serial: str, present: list[BlockDevice]) -> BlockDevice:
    """Return the one disk with that serial.

    Raises VolumeError when there is none, or more than one.
    """
    matching = [disk for disk in present if disk.serial == serial]
    if len(matching) == 1:
        return matching[0]
    seen = ", ".join(f"{disk.node} ({disk.serial or 'no serial'})" for disk in present) or "none"
    if matching:
        nodes = " and ".join(str(disk.node) for disk in matching)
        raise VolumeError(f"the serial {serial} belongs to {nodes}; unplug what is not the data disk")
    raise VolumeError(
        f"no disk has the serial {serial}; plug it in, or correct storage_serial; disks here: {seen}"
    )


def look(disk: BlockDevice) -> Contents:
    """Return what lies on the disk. Raises VolumeError when it cannot be read."""
    try:
        return contents(disk.node)
    except OSError as error:
        raise VolumeError(
            f"{disk.node} cannot be read ({error.strerror}) and is not touched; see to its cable or its age"
        ) from error


def plan(disk: BlockDevice, found: Contents, label: str, may_format: bool, needed_bytes: int) -> Plan:
    """Return what makes the disk the data volume.

    Raises VolumeError with every reason against it.
    """
    reasons = []
    if disk.size_bytes * USABLE < needed_bytes:
        reasons.append(
            f"it holds {disk.size_bytes * USABLE / 1e9:.1f} GB and {needed_bytes / 1e9:.1f} GB are needed; "
            "use a larger disk, or choose fewer collections"
        )
    ours = found.kind == "ext4" and found.label == label and not found.users
    if found.blank and not may_format:
        reasons.append("it is blank; set storage_format: true for this run to put a file system on it")
    elif not found.blank and not ours:
        what = found.kind or "partitions"
        named = f" labelled {found.label}" if found.label else ""
        used = f", used by {', '.join(found.users)}" if found.users else ""
        reasons.append(
            f"it carries {what}{named}{used} and is not overwritten; save what is on it, "
            f"then give it up by hand: wipefs --all {disk.node}"
        )
    if reasons:
        raise VolumeError(f"disk {disk.serial} ({disk.node}): " + "; and ".join(reasons))
    if ours:
        return Plan(disk.node, found.uuid, make=False)
    return Plan(disk.node, str(uuid.uuid5(NAMESPACE, disk.serial)), make=True)


def make(todo: Plan, label: str) -> None:
    """Put an ext4 file system on the disk, with one per cent in reserve for root.

    Raises VolumeError with the words of mke2fs(8).
    """
    command = ["mkfs.ext4", "-q", "-F", "-m", "1", "-L", label, "-U", todo.uuid, str(todo.device)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VolumeError(f"{todo.device} could not be formatted: {done.stderr.strip()}")


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "serial": {"type": "str", "required": True},
            "label": {"type": "str", "required": True},
            "format": {"type": "bool", "default": False},
            "needed_bytes": {"type": "int", "default": 0},
        },
        supports_check_mode=True,
    )
    options = module.params
    try:
        disk = choose(options["serial"], disks())
        todo = plan(disk, look(disk), options["label"], options["format"], options["needed_bytes"])
        if todo.make and not module.check_mode:
            make(todo, options["label"])
    except VolumeError as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=todo.make, uuid=todo.uuid, device=str(todo.device))


if __name__ == "__main__":
    main()
