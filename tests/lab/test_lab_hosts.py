"""One lab, made for real and taken down again: what the other rooms' scenarios rely on."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroup, commands, disk, host, loop
from lab.lab import load
from lab.place import Place

CODE = "990101"
SPEC = f"""
hosts:
  "{CODE}":
    suite: bookworm
    vpn: 10.99.1.1/16
    lan: 192.168.101.1/24
    reader: 192.168.101.50/24
    data: 64M
stranger: 10.99.200.1/16
controller: 10.99.255.254/16
"""


class Lab:
    """The lab under test, as a person at a terminal has it."""

    def __init__(self, folder: Path) -> None:
        self.name = f"test-{os.getpid()}"
        self.spec = folder / "lab.yml"
        self.spec.write_text(SPEC)
        self.place = Place(self.name)

    def create(self) -> None:
        assert commands.main(["create", self.name, "--spec", str(self.spec)]) == 0

    def do(self, command: str, *words: str) -> None:
        assert commands.main([command, self.name, *words]) == 0

    def at(self, who: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["python3", "-m", "lab", "exec", self.name, who, "--", *words]
        command[0] = str(Path(__file__).parents[2] / ".venv/bin/python")
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def ssh(self, *words: str, seconds: int = 3) -> subprocess.CompletedProcess[str]:
        command = ["ssh", "-F", str(self.place.ssh_config), "-o", f"ConnectTimeout={seconds}", CODE, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def traces(self) -> list[str]:
        """Everything on this machine that belongs to the lab."""
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        return [
            *self.place.netns_names(),
            *map(str, cgroup.processes(self.place)),
            *map(str, loop.attached(self.place.disks)),
            *(line for line in mounts if str(self.place.folder) in line),
            *(str(path) for path in cgroup.ROOT.glob(f"*/{cgroup.FAMILY}/{self.name}")),
            *(str(path) for path in self.place.folder.parent.glob(f"*{self.name}*")),
        ]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.create()
        yield lab
    finally:
        lab.do("destroy")
    assert lab.traces() == []
    lab.do("destroy")


def test_a_host_is_a_debian_server_that_the_admin_reaches(lab: Lab) -> None:
    assert lab.ssh("sudo id -u; systemctl is-system-running --wait; hostname").stdout.split() == [
        "0",
        "running",
        "debian",
    ]
    assert lab.ssh("-l", "root", "true").returncode == 255
    assert lab.at(CODE, "whoami").stdout == "root\n"
    assert lab.at(CODE, "sh", "-c", "exit 7").returncode == 7
    assert lab.ssh("apt-cache policy nginx").stdout == ""


def test_create_again_changes_nothing(lab: Lab) -> None:
    before = host.leader(lab.place, CODE)
    key = lab.place.admin_key.read_bytes()
    began = time.monotonic()
    lab.create()
    assert time.monotonic() - began < 2
    assert host.leader(lab.place, CODE) == before
    assert lab.place.admin_key.read_bytes() == key


def test_networks_do_not_leak_into_each_other(lab: Lab) -> None:
    seen = {
        (who, address): lab.at(who, *_banner(address)).stdout.strip()
        for who in (f"reader-{CODE}", "stranger", "controller")
        for address in ("192.168.101.1", "10.99.1.1")
    }
    assert seen == {
        (f"reader-{CODE}", "192.168.101.1"): "SSH-2.0-",
        (f"reader-{CODE}", "10.99.1.1"): "",
        ("stranger", "192.168.101.1"): "",
        ("stranger", "10.99.1.1"): "SSH-2.0-",
        ("controller", "192.168.101.1"): "",
        ("controller", "10.99.1.1"): "SSH-2.0-",
    }


def test_a_data_disk_is_found_by_its_serial(lab: Lab) -> None:
    nodes = lab.at(CODE, "sh", "-c", "ls /dev/loop*").stdout.split()
    assert len(nodes) == 1
    backing = lab.ssh(f"cat /sys/block/{Path(nodes[0]).name}/loop/backing_file").stdout.strip()
    assert Path(backing).stem == disk.data_serial(CODE)


def test_a_host_has_fuse(lab: Lab) -> None:
    """Any user opens the device, as on a server: the mode of its node and its driver are there."""
    assert lab.ssh('python3 -c \'open("/dev/fuse", "r+b", 0).close()\'').returncode == 0


def test_a_pulled_disk_fails_at_once_and_keeps_what_it_holds(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.do("disk", "SHIP1", "--size", "64M")
    device = capsys.readouterr().out.strip()
    subprocess.run(["mkfs.ext4", "-q", "-L", "SHULU-1-7", device], check=True)
    lab.do("plug", CODE, "SHIP1")
    lab.do("plug", CODE, "SHIP1")
    mount = "sudo mkdir -p /disk; sudo mount /dev/disk/by-label/SHULU-1-7 /disk"
    written = lab.ssh(
        f"{mount}; head -c 20M /dev/urandom | sudo dd of=/disk/a status=none; sudo sync; sha256sum /disk/a"
    )
    assert written.returncode == 0, written.stderr
    # Past the page cache, which still holds what was there.
    read = "sudo dd if=/disk/a iflag=direct bs=1M count=1 of=/dev/null"
    assert lab.ssh(read).returncode == 0

    lab.do("unplug", CODE, "SHIP1")
    lab.do("unplug", CODE, "SHIP1")
    assert "Input/output error" in lab.ssh(read).stderr
    assert "Input/output error" in lab.ssh("echo x | sudo dd of=/disk/b conv=fsync").stderr
    assert lab.ssh("ls /dev/disk/by-label").stdout == ""

    lab.do("plug", CODE, "SHIP1")
    again = lab.ssh(f"sudo umount /disk; {mount}; sha256sum /disk/a; sudo umount /disk")
    assert again.stdout == written.stdout, again.stderr
    lab.do("unplug", CODE, "SHIP1")


def test_a_cut_line_and_a_slow_one(lab: Lab) -> None:
    lab.do("cut", CODE)
    assert lab.ssh("true", seconds=1).returncode == 255
    assert lab.at(f"reader-{CODE}", *_banner("192.168.101.1")).stdout.strip() == "SSH-2.0-"
    lab.do("mend", CODE)
    assert lab.ssh("true").returncode == 0

    lab.do("slow", CODE, "8mbit")
    for shell in ("head -c 2000000 /dev/zero", "cat"):
        began = time.monotonic()
        subprocess.run(
            ["ssh", "-F", str(lab.place.ssh_config), CODE, f"{shell} >/dev/stdout"],
            input=b"\0" * 2_000_000 if shell == "cat" else b"",
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
        assert 1.5 < time.monotonic() - began < 6
    lab.do("slow", CODE, "off")
    assert commands.main(["slow", lab.name, CODE, "quick"]) == 1
    assert load(lab.name)[2].rates == {}


def test_a_power_cut_keeps_root_disks_and_faults(lab: Lab) -> None:
    lab.ssh("echo kept | sudo tee /etc/kept; sudo sync")
    lab.do("slow", CODE, "50mbit")
    lab.do("poweroff", CODE)
    lab.do("poweroff", CODE)
    assert lab.at(CODE, "true").returncode == 1
    lab.do("poweron", CODE)
    assert lab.ssh("cat /etc/kept; ls /dev/loop*").stdout.split()[0] == "kept"
    assert "50Mbit" in lab.at(CODE, "tc", "qdisc", "show", "dev", "host0").stdout
    lab.do("slow", CODE, "off")


def test_a_browser_on_this_machine_opens_the_portal(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.at(CODE, "systemd-run", "-q", "python3", "-m", "http.server", "80", "--directory", "/etc/ssh")
    lab.do("forward", "--port", "18190")
    lab.do("forward", "--port", "18190")
    address = capsys.readouterr().out.split()[1]
    assert address == "http://127.0.0.1:18190/"
    lab.do("ls", "--json")
    assert json.loads(capsys.readouterr().out)["hosts"][0]["portal"] == address
    for _ in range(50):
        got = subprocess.run(
            ["curl", "-sf", "--noproxy", "*", f"{address}ssh_config"], capture_output=True, check=False
        ).stdout
        if got:
            break
        time.sleep(0.1)
    assert got.decode() == lab.at(CODE, "cat", "/etc/ssh/ssh_config").stdout


def test_another_description_is_refused(lab: Lab) -> None:
    other = lab.spec.with_name("other.yml")
    other.write_text(SPEC.replace("64M", "65M"))
    assert commands.main(["create", lab.name, "--spec", str(other)]) == 1


def _banner(address: str) -> list[str]:
    code = (
        "import socket, sys\n"
        "try: print(socket.create_connection((sys.argv[1], 22), 2).recv(8).decode())\n"
        "except OSError: pass"
    )
    return ["python3", "-c", code, address]
