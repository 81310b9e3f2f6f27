"""Preflight and status of a hundred libraries, really run over SSH, against plain pings of the same hosts."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench.crowd import ROOT, Crowd
from bench.harness import Row, command, race, say, told

HOSTS = int(os.environ.get("BENCH_HOSTS", "100"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CITY = 10

REGISTRY = """\
plugin: library_registry
province: 示范省
vpn: [10.98.0.0/16]
"""


def run(work: Path) -> list[Row]:
    """Race both playbooks against the pings, all of the same hosts; then cut one off; ask all, and one."""
    folder = work / "scale"
    shutil.rmtree(folder, ignore_errors=True)
    libraries = _libraries()
    crowd = Crowd(
        folder / "crowd", {code: address for code, _, _, _, address in libraries}, f"bench-{os.getpid()}"
    )
    inventory = _inventory(folder / "inventory", crowd, libraries)
    os.environ |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "SHULU_WORK": str(folder / "work")}
    with crowd.up():
        say(f"scale: {HOSTS} hosts are up and take {crowd.memory_mb():.0f} MB")
        status = _ansible(crowd, inventory, "ansible-playbook", ROOT / "playbooks/status.yml")
        results = race(
            {
                "ping": _ansible(crowd, inventory, "ansible", "enrolled", "-m", "ansible.builtin.ping"),
                "preflight": _ansible(crowd, inventory, "ansible-playbook", ROOT / "playbooks/preflight.yml"),
                "status": status,
            },
            rounds=ROUNDS,
        )
        _check(folder / "work", unreachable=[])
        lost = libraries[-1][0]
        crowd.stop([lost])
        status()
        _check(folder / "work", unreachable=[lost])
        one = libraries[1][0]
        _ansible(crowd, inventory, "ansible-playbook", ROOT / "playbooks/status.yml", "--limit", one)()
        _check(folder / "work", unreachable=[lost], asked=[one])
    ping = results["ping"]
    rows = []
    for name in ("preflight", "status"):
        case = f"{name}.yml, {HOSTS} libraries"
        rows.append(told(case, results[name].seconds, "ansible -m ping", ping.seconds, unit="s"))
        rows.append(
            told(
                f"{case}: the largest process",
                results[name].memory_mb,
                "ansible -m ping",
                ping.memory_mb,
                unit="MB",
            )
        )
    return rows


def _libraries() -> list[tuple[str, str, str, str, str]]:
    """Return code, tier, parent, wave and address: a hub, a city for each ten, counties below these."""
    found = [("990000", "province", "", "1", "10.98.0.1")]
    for number in range(1, HOSTS):
        city, county = divmod(number - 1, CITY)
        above = "990000" if county == 0 else f"99{city + 1:02}00"
        code = f"99{city + 1:02}{county:02}"
        found.append(
            (code, "county" if county else "city", above, str(1 + city % 3), f"10.98.{city + 1}.{county + 1}")
        )
    return found


def _inventory(folder: Path, crowd: Crowd, libraries: list[tuple[str, str, str, str, str]]) -> Path:
    (folder / "group_vars/all").mkdir(parents=True)
    (folder / "scale.library_registry.yml").write_text(REGISTRY)
    lines = ["code,name,tier,parent,wave,address"]
    lines += [",".join((code, f"{code}图书馆", *rest)) for code, *rest in libraries]
    (folder / "libraries.csv").write_text("\n".join(lines) + "\n")
    (folder / "group_vars/all/bench.yml").write_text(
        f"ansible_ssh_common_args: -F {crowd.ssh_config}\nansible_control_path_dir: {folder.parent}/cp\n"
        # Preflight asks for them; these hosts have no disk that could be named, and nobody ever runs on them.
        "base_admins: []\nstorage_serial: ''\n"
    )
    for name in ("kit/kit.json", "keys/allowed_signers", "keys/revoked.krl"):
        path = folder.parent / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def _ansible(crowd: Crowd, inventory: Path, tool: str, *words: str | Path) -> Callable[[], int]:
    path = Path(sys.executable).with_name(tool)
    log = inventory.parent / f"{Path(words[-1]).stem}.log"
    return command(crowd.inside(path, "-i", inventory, *words), cwd=ROOT, log=log)


def _check(work: Path, *, unreachable: list[str], asked: list[str] | None = None) -> None:
    """Hold what status wrote against what was done; ``asked`` are those that its run was for, all without."""
    document = json.loads((work / "status.json").read_text(encoding="utf-8"))
    rows = document["libraries"]
    silent = [row["library"] for row in rows if row["standing"] == "unreachable"]
    answered = sum(row["standing"] == "empty" for row in rows)
    fresh = [row["library"] for row in rows if row["as_of"] == document["written"]]
    if (
        silent != unreachable
        or answered != HOSTS - len(unreachable)
        or not all(row["contact"] for row in rows)
        or (len(fresh) != HOSTS if asked is None else fresh != asked)
    ):
        told = f"{len(rows)} libraries, {answered} answered, {silent} silent, {len(fresh)} of this run"
        raise RuntimeError(f"status tells of {told}")
