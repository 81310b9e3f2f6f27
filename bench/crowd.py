"""Many light hosts on one machine: a root of Debian shared by all, a layer of memory and an sshd for each.

They live in one network namespace, on addresses of its loopback, each with mounts, processes and a host name
of its own. What a host is goes with its first process; nothing is mounted where the machine's others see it.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab import access, image, netns, tool

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60

# $1 the host's folder, $2 the layer that all share, $3 the image, $4 its address. Its first process is sshd.
BOOT = """
mount --make-rprivate /
mount -t tmpfs -o size=3g,mode=0755 tmpfs "$1/root"
mkdir "$1/root/upper" "$1/root/work" "$1/root/whole"
cp -a "$1/own/." "$1/root/upper"
mount -t overlay -o "lowerdir=$2:$3,upperdir=$1/root/upper,workdir=$1/root/work" overlay "$1/root/whole"
cd "$1/root/whole"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t tmpfs -o size=16m,mode=0755 tmpfs run
mount -t tmpfs -o size=64k,mode=0755 tmpfs dev
for node in null zero full random urandom tty; do
touch "dev/$node"; mount --bind "/dev/$node" "dev/$node"; done
mkdir run/sshd
hostname debian
exec chroot . /usr/sbin/sshd -D -e -o "ListenAddress=$4" -o UsePAM=no
"""

# The agent as it is in the checkout; status and receipts need none of its Debian packages.
AGENT = """\
#!/bin/sh
PYTHONPATH=/usr/lib/shulu PYTHONDONTWRITEBYTECODE=1 exec python3 -m shulu.cli.main "$@"
"""
CONFIG = """\
library = "{code}"
name = "{code}"
route = "disk"
"""


@dataclass
class Crowd:
    """Hosts by code and address, all of whose files lie below ``folder``; alive inside ``up``."""

    folder: Path
    hosts: dict[str, str]
    namespace: str
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def ssh_config(self) -> Path:
        """How the admin reaches them from inside the namespace."""
        return self.folder / "ssh_config"

    def inside(self, *words: str | Path) -> list[str]:
        """Return the command that runs these words in the hosts' network."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", *map(str, words)]

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Start all hosts and wait until they answer; behind it nothing of them is left."""
        lower = image.ensure("bookworm")
        self._write()
        tool.run("ip", "netns", "add", self.namespace)
        try:
            tool.run("ip", "-n", self.namespace, "link", "set", "lo", "up")
            for code, address in self.hosts.items():
                tool.run("ip", "-n", self.namespace, "address", "add", f"{address}/32", "dev", "lo")
                self._running[code] = self._start(code, address, lower)
            for code, address in self.hosts.items():
                self._await(code, address)
            yield
        finally:
            self.stop(list(self._running))
            tool.run("ip", "netns", "del", self.namespace)

    def stop(self, codes: Sequence[str]) -> None:
        """End these hosts at once, as a power cut does."""
        for code in codes:
            self._running[code].send_signal(signal.SIGKILL)
        for code in codes:
            self._running.pop(code).wait()

    def memory_mb(self) -> float:
        """Return the memory that no other process shares with the hosts' sshd (smaps_rollup, Pss), in MB."""
        total = 0
        for process in self._running.values():
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            for each in (str(process.pid), *children):
                rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
                total += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
        return total / 1024

    def _write(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shared = self.folder / "shared"
        shutil.copytree(
            ROOT / "shulu",
            shared / "usr/lib/shulu/shulu",
            ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
        )
        command = shared / "usr/bin/shulu"
        command.parent.mkdir(parents=True)
        command.write_text(AGENT)
        command.chmod(0o755)
        access.make_key(self.folder / "key", "admin of the bench")
        known = []
        for code, address in self.hosts.items():
            host = self.folder / "hosts" / code
            (host / "root").mkdir(parents=True)
            keys = host / "own/etc/ssh"
            keys.mkdir(parents=True)
            access.make_key(keys / "ssh_host_ed25519_key", code)
            kind, key = (keys / "ssh_host_ed25519_key.pub").read_text().split()[:2]
            known.append(f"{address} {kind} {key}\n")
            (host / "own/etc/shulu").mkdir()
            (host / "own/etc/shulu/agent.toml").write_text(CONFIG.format(code=code))
            admin = host / "own/etc/ssh/authorized_keys"
            admin.mkdir()
            shutil.copy(self.folder / "key.pub", admin / "admin")
            (keys / "sshd_config.d").mkdir()
            (keys / "sshd_config.d/bench.conf").write_text("AuthorizedKeysFile /etc/ssh/authorized_keys/%u\n")
        (self.folder / "known_hosts").write_text("".join(known))
        self.ssh_config.write_text(
            "Host *\n"
            "  User admin\n"
            f"  IdentityFile {self.folder}/key\n"
            "  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.folder}/known_hosts\n"
            "  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking yes\n"
        )

    def _start(self, code: str, address: str, lower: Path) -> subprocess.Popen[bytes]:
        host = self.folder / "hosts" / code
        own = [
            "unshare",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--fork",
            "--kill-child",
            "--propagation",
            "unchanged",
        ]
        words = ["sh", "-euc", BOOT, "sh", *map(str, (host, self.folder / "shared", lower)), address]
        with (host / "log").open("wb") as log:
            return subprocess.Popen(
                self.inside(*own, *words), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _await(self, code: str, address: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                netns.connect(Path("/run/netns") / self.namespace, address, 22, 5).close()
                return
            except OSError as error:
                if self._running[code].poll() is not None or time.monotonic() > deadline:
                    told = (self.folder / "hosts" / code / "log").read_text()
                    raise RuntimeError(f"host {code} does not answer ({error}): {told}") from error
                time.sleep(0.2)
