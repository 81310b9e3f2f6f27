"""The inventory of 2,850 libraries from the registry's CSV against the same hosts as static YAML."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.harness import Row, at_most, race, say

ROOT = Path(__file__).resolve().parents[1]


def run(work: Path) -> list[Row]:
    """List 2,850 libraries both ways; the hosts and their variables are the same."""
    folder = work / "inventory"
    shutil.rmtree(folder, ignore_errors=True)
    from_registry, from_yaml = folder / "registry", folder / "yaml"
    from_registry.mkdir(parents=True)
    from_yaml.mkdir()
    config = (ROOT / "inventory/demo/demo.library_registry.yml").read_text()
    (from_registry / "demo.library_registry.yml").write_text(config.replace("10.99.0.0/16", "10.0.0.0/8"))
    (from_registry / "libraries.csv").write_text(_registry(2850))
    listed = json.loads(_list(from_registry))
    groups = {
        name: {"hosts": dict.fromkeys(group["hosts"])}
        for name, group in listed.items()
        if name not in {"_meta", "all"} and group.get("hosts")
    }
    hosts = listed["_meta"]["hostvars"]
    static = {"all": {"hosts": hosts, "children": groups}}
    # JSON is YAML; block style is what people write, and what the loader takes its time for.
    (from_yaml / "hosts.yml").write_text(_yaml(static))
    if json.loads(_list(from_yaml))["_meta"]["hostvars"].keys() != hosts.keys():
        raise RuntimeError("the two inventories differ")
    say(f"inventory: {len(hosts)} libraries")
    results = race(
        {"registry": lambda: _list(from_registry), "static YAML": lambda: _list(from_yaml)},
    )
    return [
        at_most(
            "ansible-inventory --list, 2,850 libraries",
            results["registry"].seconds,
            "static YAML",
            results["static YAML"].seconds,
            1.2,
        )
    ]


def _list(inventory: Path) -> str:
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    tool = Path(sys.executable).with_name("ansible-inventory")
    argv = [str(tool), "-i", str(inventory), "--list"]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout


def _registry(count: int) -> str:
    lines = ["code,name,tier,parent,vpn address,route,line speed,window,LAN CIDRs,wave,collections"]
    lines.append("990000,示范省图书馆,province,,10.0.0.1,disk,1000,,192.168.0.0/24,1,")
    for number in range(1, count):
        lines.append(
            f"{991000 + number},第{number}县图书馆,county,990000,10.{1 + number // 250}.{number % 250}.1,"
            f"network,20,22:00-06:00,192.168.{number % 250}.0/24,{1 + number % 5},"
        )
    return "\n".join(lines) + "\n"


def _yaml(value: object, indent: int = 0) -> str:
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(
            f"{pad}{json.dumps(str(key))}:"
            + (
                f"\n{_yaml(item, indent + 1)}"
                if isinstance(item, dict) and item
                else f" {json.dumps(item, ensure_ascii=False)}\n"
            )
            for key, item in value.items()
        )
    return f"{pad}{json.dumps(value, ensure_ascii=False)}\n"
