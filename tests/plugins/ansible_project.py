"""A small project with the real configuration and the real plugins, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
REGISTRY = """code,name,tier,address,lans
990000,示范省图书馆,province,10.99.0.1,
990101,临江县图书馆,county,10.99.1.1,
990102,望山县图书馆,county,10.99.1.2,
990103,待接入图书馆,county,,
"""


class Project:
    """Its inventory is ``inventory/p``; tasks run on the controller, nothing is connected to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("ansible.cfg", "plugins", "roles"):
            (root / name).symlink_to(ROOT / name)
        self.write(
            "inventory/p/p.library_registry.yml", {"plugin": "library_registry", "vpn": ["10.99.0.0/16"]}
        )
        (root / "inventory/p/libraries.csv").write_text(REGISTRY)
        python = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        self.write("inventory/p/group_vars/all/local.yml", python)
        # The configuration is the folder's own: what Ansible takes for the project is where ansible.cfg lies.
        (root / "ansible.cfg").unlink()
        (root / "ansible.cfg").write_text((ROOT / "ansible.cfg").read_text())

    def write(self, path: str, content: object) -> Path:
        """Write YAML."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content, allow_unicode=True))
        return file

    def play(self, playbook: Path, *options: str, code: int = 0, **environment: str) -> str:
        """Run a playbook of this project; return what it said."""
        return self.run(
            "ansible-playbook", "-i", "inventory/p", str(playbook), *options, code=code, **environment
        )

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """Run a command of Ansible's in this project; return its output."""
        tool = Path(sys.executable).with_name(command[0])
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SHULU_"))}
        done = subprocess.run(
            [str(tool), *command[1:]],
            cwd=self.root,
            env={
                **kept,
                "ANSIBLE_HOME": str(self.root / ".ansible"),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a ledger."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
