"""A server of the province as somebody on the spot has it: its console, its line, its disks, its host key."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lab import disk, host, lab, line, visit

_KEYS = Path("/etc/ssh")


class Host:
    """One host; every method asks it anew."""

    def __init__(self, name: str, code: str) -> None:
        self.lab = name
        self.code = code
        self.place, self.spec, _ = lab.load(name)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command there as root."""
        command = visit.command(self.place, self.spec, self.code, words)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def ask(self, *words: str) -> str:
        """Run a command there that must succeed; return what it says."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout.strip()

    def path(self, name: str | Path) -> Path:
        """Return one of its files as this machine reaches it."""
        return Path(f"/proc/{host.leader(self.place, self.code)}/root{name}")

    @property
    def address(self) -> str:
        return str(self.spec.host(self.code).vpn.ip)

    @property
    def untouched(self) -> bool:
        """Whether it is as the installer left it."""
        return not self.path("/usr/bin/shulu").exists() and self.ask("hostname") == "debian"

    def live(self) -> str:
        """Return the live release as its link says: ``1-7``."""
        return self.path("/srv/shulu/store/live").readlink().name

    def slow(self, rate: str) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.slow(place, spec, faults, self.code, rate)

    def cut(self) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.cut(place, spec, faults, self.code)
        self._forget_connections()

    def mend(self) -> None:
        with lab.held(self.lab) as (place, spec, faults):
            line.mend(place, spec, faults, self.code)

    def pull_data_disk(self) -> None:
        with lab.held(self.lab) as (place, _, faults):
            disk.unplug(place, faults, self.code, disk.data_serial(self.code))

    def plug_data_disk(self) -> None:
        with lab.held(self.lab) as (place, _, faults):
            disk.plug(place, faults, self.code, disk.data_serial(self.code))

    def take_another_host_key(self) -> None:
        """Answer with another host key from now on, as a server that was set up anew does."""
        self.ask("mkdir", "/root/keys")
        self.ask("sh", "-c", f"mv {_KEYS}/ssh_host_* /root/keys/ && ssh-keygen -A")
        self.ask("systemctl", "restart", "ssh")
        self._forget_connections()

    def take_its_own_host_key(self) -> None:
        """Answer with its former host key again."""
        self.ask("sh", "-c", f"rm {_KEYS}/ssh_host_* && mv /root/keys/* {_KEYS}/ && rmdir /root/keys")
        self.ask("systemctl", "restart", "ssh")
        self._forget_connections()

    def _forget_connections(self) -> None:
        """Let nobody go on over a connection from before, as Ansible does for a minute."""
        for socket in self.place.control_paths.iterdir():
            socket.unlink()


def sign(there: Host, key: str, file: str) -> None:
    """Sign a file of a host as a receipt is signed, with a key that lies there."""
    there.ask("ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "receipt@shulu", file)
