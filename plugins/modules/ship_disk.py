"""Ansible module ``ship_disk``: a shipping disk as it should be, planned before it is touched."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ship_disk
short_description: Write a shipping disk at the station where it is plugged in, and read it all again
description:
  - Finds the disk by the serial printed on it. A disk with anything on it is refused unless O(erase) is set.
  - A disk that holds this very release already, every file of it, is left as it is.
  - Where the station is this machine, prints how far the writing is.
options:
  serial:
    description: Serial of the disk.
    type: str
    required: true
  source:
    description: A packed release, or a store.
    type: path
    required: true
  trust:
    description: Folder of the trust anchors.
    type: path
    required: true
  format:
    description: File system of the disk.
    type: str
    choices: [ext4, exfat]
    default: ext4
  collections:
    description: Collections to write; empty means all.
    type: list
    elements: str
    default: []
  bags:
    description: Bags to write, C(id@version), and no others; empty means those of the collections.
    type: list
    elements: str
    default: []
  erase:
    description: Whether what is on the disk may be lost.
    type: bool
    default: false
  shulu:
    description: The words that run shulu at the station.
    type: list
    elements: str
    default: [/usr/bin/shulu]
  plan_only:
    description: Only say what would be done; set by the action plugin.
    type: bool
    default: false
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Write the disk
  ship_disk:
    serial: WD-WX12D1234567
    source: /srv/shulu/store
    trust: /etc/shulu/trust
"""

RETURN = r"""
shipment:
  description: What C(shulu ship --json) says; device, label, bags, bytes, files.
  type: dict
  returned: success
arguments:
  description: The arguments that C(shulu) is given.
  type: list
  elements: str
  returned: success
"""

import json
import subprocess
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.block_devices import disks


class ShipError(Exception):
    """A disk that cannot be shipped."""


def arguments(options: dict[str, Any], device: str) -> list[str]:
    """Return the arguments of ``shulu ship``."""
    words = ["ship", "--from", options["source"], "--trust", options["trust"], "--device", device]
    words += ["--serial", options["serial"], "--format", options["format"]]
    words += ["--collections", ",".join(options["collections"])] if options["collections"] else []
    words += ["--bags", ",".join(options["bags"])] if options["bags"] else []
    return [*words, *(["--erase", options["serial"]] if options["erase"] else []), "--json"]


def find(serial: str) -> str:
    """Return the node of the disk with that serial. Raises ShipError."""
    nodes = [disk.node for disk in disks() if disk.serial == serial]
    if len(nodes) != 1:
        known = ", ".join(sorted(disk.serial for disk in disks() if disk.serial)) or "none"
        problem = f"{len(nodes)} disks" if nodes else "no disk"
        raise ShipError(f"{problem} with the serial {serial} here; serials here are: {known}")
    return str(nodes[0])


def run(shulu: list[str], words: list[str]) -> dict[str, Any]:
    """Run shulu and return what it says. Raises ShipError with its findings."""
    done = subprocess.run([*shulu, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ShipError("\n".join(done.stderr.strip().splitlines()[-20:]) or f"ended with {done.returncode}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def main() -> None:
    """Read the options, plan, and write unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "serial": {"type": "str", "required": True},
            "source": {"type": "path", "required": True},
            "trust": {"type": "path", "required": True},
            "format": {"type": "str", "choices": ["ext4", "exfat"], "default": "ext4"},
            "collections": {"type": "list", "elements": "str", "default": []},
            "bags": {"type": "list", "elements": "str", "default": []},
            "erase": {"type": "bool", "default": False},
            "shulu": {"type": "list", "elements": "str", "default": ["/usr/bin/shulu"]},
            "plan_only": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    options = module.params
    only = module.check_mode or options["plan_only"]
    try:
        words = arguments(options, find(options["serial"]))
        shipment = run(options["shulu"], [*words, "--plan"] if only else words)
    except ShipError as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=shipment["changed"], shipment=shipment, arguments=words)


if __name__ == "__main__":
    main()
