"""report.yml, run by Ansible: what it fetches, what it writes, and that the rehearsal says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from report_province import DATE, ISSUED, Province, key

ROOT = Path(__file__).parents[2]
_COUNTS = ("ok", "changed", "unreachable", "failed")


class Hub:
    """A province whose one mirror is this machine: what lies on it lies in ``mirror``."""

    def __init__(self, root: Path) -> None:
        self.province = Province(root)
        self.mirror = root / "mirrors/340000"
        self.province.receipt("340100")
        self.province.receipt("340103", ISSUED + timedelta(days=12))
        came = self.province.fetched / "340000"
        self.mirror.parent.mkdir()
        shutil.move(came, self.mirror)
        own = self.province.receipt("340000")
        shutil.move(own.parent, self.mirror / "own")
        shutil.move(self.province.fetched / "340000/clients/340000.pub", self.mirror / "agent.pub")
        shutil.rmtree(self.province.fetched.parent)
        python = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable,
                  "ansible_become": False}  # fmt: skip
        (self.province.inventory / "group_vars/all").mkdir(parents=True)
        (self.province.inventory / "group_vars/all/local.yml").write_text(yaml.safe_dump(python))
        role = root / "role/report"
        shutil.copytree(ROOT / "roles/report", role)
        # The mirror's folders are this test's own; the rest of the role is as it is.
        tasks = yaml.safe_load((role / "tasks/fetch.yml").read_text())
        tasks[0]["mirror_receipts"] |= {
            name: f"{self.mirror.parent}/{{{{ inventory_hostname }}}}/{place}"
            for name, place in (
                ("receipts", "receipts"),
                ("clients", "clients"),
                ("own_receipts", "own"),
                ("own_key", "agent.pub"),
            )
        }
        (role / "tasks/fetch.yml").write_text(yaml.safe_dump(tasks))
        self.roles = root / "role"

    @property
    def report(self) -> Path:
        return self.province.work / "report"

    def run(self, *options: str, code: int = 0) -> tuple[str, dict[str, dict[str, int]]]:
        """Run the playbook; return what it said, and what it counted by host."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SHULU_"))}
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", self.province.inventory,
             "playbooks/report.yml", "-e", f"report_date={DATE}", *options],
            cwd=ROOT,
            env=kept | {"SHULU_WORK": str(self.province.work), "ANSIBLE_ROLES_PATH": str(self.roles),
                        "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        recap = said.partition("PLAY RECAP")[2]
        found = {}
        for line in recap.splitlines():
            host, colon, rest = line.partition(":")
            if colon and "ok=" in rest:
                pairs = dict(word.split("=") for word in rest.split())
                found[host.strip()] = {name: int(pairs[name]) for name in _COUNTS}
        return said, found


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "p")


def test_rehearsal_run_and_second_run(hub: Hub) -> None:
    signed = ("-e", f"report_sign={key(hub.province.root / 'admin')}")
    said, foretold = hub.run("--check", *signed)
    assert "3 receipts count, 0 do not" in said
    assert not hub.report.exists()
    said, counted = hub.run(*signed)
    assert counted == foretold
    assert counted["340000"]["changed"] == 1 and counted["localhost"]["changed"] == 1
    assert {path.name for path in hub.report.iterdir()} == {
        "receipts", "report.json", "report.json.sig", "report.html", "report.pdf", "report.xlsx",
    }  # fmt: skip
    report = json.loads((hub.report / "report.json").read_bytes())
    assert [each["library"] for each in report["receipts"]] == ["340000", "340100", "340103"]
    _, again = hub.run(*signed)
    assert sum(each["changed"] for each in again.values()) == 0
    # A link that a library laid is not followed, and is named.
    (hub.mirror / "receipts/340103/1-1-20261230T000000Z.json").symlink_to("/etc/hostname")
    # A library left this mirror, which dropped its receipts and its key: what was fetched goes on counting.
    shutil.rmtree(hub.mirror / "receipts/340100")
    (hub.mirror / "clients/340100.pub").unlink()
    said, _ = hub.run()
    assert "3 receipts count" in said and "1-1-20261230T000000Z.json 不是回执" in said
    # Another report, and nobody signed it: the signature of the one before is gone.
    assert not (hub.report / "report.json.sig").exists()


def test_a_mirror_that_does_not_answer_is_named(hub: Hub) -> None:
    hub.run()
    hosts = hub.province.inventory / "host_vars"
    hosts.mkdir()
    nobody = {
        "ansible_connection": "ssh",
        "ansible_host": "127.0.0.1",
        "ansible_port": 1,
        "ansible_become": False,
    }
    (hosts / "340000.yml").write_text(yaml.safe_dump(nobody))
    said, counted = hub.run("--limit", "340000,localhost")
    assert "未能从 340000 取回执" in said and "3 receipts count" in said
    assert counted["localhost"]["failed"] == 0


@pytest.mark.parametrize("day", ["2026-02-30", "soon"])
def test_what_is_no_day_is_refused_before_receipts_are_fetched(hub: Hub, day: str) -> None:
    said, _ = hub.run("-e", f"report_date={day}", code=2)
    assert f"report_date: '{day}' is no day; write it as 2026-12-31" in said
    assert "PLAY [Bring the receipts" not in said
    assert not hub.report.exists()


def test_a_broken_usage_file_stops_the_report_with_a_line_each(hub: Hub) -> None:
    usage = hub.province.inventory / "usage.csv"
    usage.write_text("馆代码,月份,资源库,访问次数,阅览次数,下载次数\n1,2026-12,,1,1,1\n340100,12月,,1,1,1\n")
    said, _ = hub.run(code=2)
    assert "usage.csv:2: no library has the code '1'" in said and "usage.csv:3: '12月' is no month" in said
    assert not (hub.report / "report.json").exists()
