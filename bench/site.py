"""A roll-out that changes nothing against as many pings: what the roles cost on top of Ansible itself."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.harness import Row, at_most, command, race, say

ROOT = Path(__file__).resolve().parents[1]
LAB = Path("/var/lib/shulu-lab/demo/ssh_config")

PINGS = """\
- name: Ping
  hosts: enrolled
  gather_facts: false
  become: true
  tasks:
"""
PING = """\
    - name: Ping {number}
      ansible.builtin.ping:
"""


def run(work: Path) -> list[Row]:
    """Run site.yml over the demo province, which must be up and finished, and as many pings a host."""
    if not LAB.exists():
        raise RuntimeError("the demo province is not up: run make demo first")
    ledger = work / "ledger"
    shutil.rmtree(ledger, ignore_errors=True)
    os.environ |= {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "SHULU_WORK": os.environ.get("SHULU_WORK", str(ROOT / ".cache/demo")),
        "SHULU_LEDGER": str(ledger),
    }
    site = _playbook(ROOT / "playbooks/site.yml")
    site()
    noted = [json.loads(line) for line in (ledger / "site-run.jsonl").read_text().splitlines()]
    if any(line["outcome"] == "changed" for line in noted):
        raise RuntimeError("site.yml still changes something: run make demo again")
    hosts = {line["host"] for line in noted}
    done = sum(line["outcome"] == "ok" for line in noted)
    pings = work / "pings.yml"
    count = round(done / len(hosts))
    pings.write_text(PINGS + "".join(PING.format(number=number) for number in range(count)))
    say(f"site: {done} tasks done on {len(hosts)} hosts")
    results = race({"site.yml": site, "pings": _playbook(pings)})
    ours, theirs = (results[name].seconds / done for name in ("site.yml", "pings"))
    case = f"site.yml without changes, {len(hosts)} hosts: seconds a host and task"
    return [at_most(case, ours, f"{count} pings a host", theirs, 2.0)]


def _playbook(file: Path) -> Callable[[], object]:
    return command([Path(sys.executable).with_name("ansible-playbook"), file], cwd=ROOT)
