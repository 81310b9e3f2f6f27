"""One host: a Debian root of its own over the shared image, booted by systemd-nspawn(1) with its systemd."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from lab import access, cgroup, image, network, tool
from lab.place import Place
from lab.spec import Host, Spec

# nspawn looks an interface up in sysfs, which shows the namespace it was mounted in: it gets one of the
# host's own namespace, with the control groups where they were; read-only, so that it does not wait for an
# udev to know the interface.
# A host that reboots ends nspawn with 133, systemd's word for "start me again".
LAUNCH = """
mount --make-rprivate /
mount --rbind /sys/fs/cgroup "$1"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
mount --rbind "$1" /sys/fs/cgroup
shift
while status=0; "$@" || status=$?; test "$status" = 133; do :; done
exit "$status"
"""
STAND_INS = Path(__file__).with_name("stand_ins")
LINKS = Path("usr/local/lib/lab/links.py")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def ensure_root(place: Place, host: Host) -> str:
    """Make the host's root, once, and mount it; return its public host key."""
    folder = place.host(host.code)
    root = folder / "root"
    key = folder / "host_key"
    for part in ("root", "upper", "work", "cgroup"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    lower = folder / "image"
    if not lower.is_symlink():
        lower.symlink_to(image.ensure(host.suite))
    if not root.is_mount():
        layers = f"lowerdir={lower.resolve()},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        tool.run("mount", "-t", "overlay", "-o", layers, place.netns(host.code), str(root))
    made = folder / "made"
    if not made.exists():
        key.unlink(missing_ok=True)
        access.make_key(key, f"root@{host.code}")
        _seed(place, host, root, key)
        made.touch()
    return key.with_suffix(".pub").read_text()


def _seed(place: Place, host: Host, root: Path, key: Path) -> None:
    """What an installer would have asked for: host keys, the admin's key, static addresses."""
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        target = root / f"etc/ssh/ssh_host_ed25519_key{suffix}"
        shutil.copyfile(f"{key}{suffix}", target)
        target.chmod(mode)
    # Sorts before 80-container-host0.network, which would ask for DHCP.
    _network_file(root, "host0", str(host.vpn))
    if host.lan is not None:
        _network_file(root, "lan0", str(host.lan))
    _lay_stand_ins(root)
    home = root / "home/admin"
    owner = home.stat()
    ssh = home / ".ssh"
    ssh.mkdir(mode=0o700, exist_ok=True)
    keys = ssh / "authorized_keys"
    shutil.copyfile(place.admin_key.with_suffix(".pub"), keys)
    keys.chmod(0o600)
    for path in (ssh, keys):
        os.chown(path, owner.st_uid, owner.st_gid)


def _lay_stand_ins(root: Path) -> None:
    for folder in ("etc", "usr"):
        for source in sorted((STAND_INS / folder).rglob("*")):
            target = root / source.relative_to(STAND_INS)
            if source.is_symlink():
                target.unlink(missing_ok=True)
                target.symlink_to(source.readlink())
            elif source.is_dir():
                target.mkdir(mode=0o755, exist_ok=True)
            else:
                shutil.copyfile(source, target)
                target.chmod(0o644)


def _network_file(root: Path, name: str, address: str) -> None:
    file = root / f"etc/systemd/network/10-{name}.network"
    file.write_text(
        f"[Match]\nName={name}\n\n[Network]\nAddress={address}\n"
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\nConfigureWithoutCarrier=yes\n\n[Link]\nRequiredForOnline=no-carrier\n"
    )
    file.chmod(0o644)


def start(place: Place, spec: Spec, host: Host, disks: list[Path]) -> None:
    """Boot the host with these disks plugged in; returns at once."""
    show_disks(place, host.code, disks)
    interfaces = network.wire(place, spec, host)
    command = network.enter(
        place,
        host.code,
        *("unshare", "--mount", "sh", "-euc", LAUNCH, "sh", str(place.host(host.code) / "cgroup")),
        "systemd-nspawn",
        "--quiet",
        "--boot",
        f"--directory={place.host(host.code) / 'root'}",
        f"--machine={_machine(place, host)}",
        # For machines whose PID 1 is not systemd.
        "--register=no",
        "--keep-unit",
        "--console=read-only",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        *(f"--network-interface={name}" for name in interfaces),
        "systemd.show_status=1",
    )
    cgroup.launch(place, host.code, command, place.host(host.code) / "console.log")


def _machine(place: Place, host: Host) -> str:
    """Name the machine so that the same code in two labs is two machines."""
    return f"lab-{hashlib.sha256(f'{place.lab}/{host.code}'.encode()).hexdigest()[:12]}"


def stop(place: Place, spec: Spec, host: Host) -> None:
    """Switch the host off as a power cut does: every process dies at once, and the cables with it."""
    cgroup.kill(place, host.code)
    if place.netns_path().exists():
        network.unwire(place, spec, host)


def leader(place: Place, code: str) -> int:
    """Return the id, on this machine, of the host's own PID 1; 0 while the host is down."""
    for process in cgroup.processes(place, code):
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            continue  # ended since
        ids = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
        if len(ids) > 1 and ids[-1] == "1":
            return process
    return 0


def show_disks(place: Place, code: str, devices: list[Path]) -> None:
    """Let a host have these devices and no other: at once, and at its next boot."""
    lines = []
    for device in devices:
        number = device.stat().st_rdev
        lines.append(f"{device.name} {os.major(number)} {os.minor(number)}\n")
    listed = place.host(code) / "root" / LINKS.with_name("disks")
    listed.write_text("".join(lines))
    process = leader(place, code)
    if process:
        tool.run(*inside(process, "python3", f"/{LINKS}"))


def inside(leader: int, *words: str) -> list[str]:
    """Return the command that runs these words in a host as its root, in a clean environment."""
    clean = (
        "env",
        "-i",
        f"PATH={PATH}",
        "HOME=/root",
        "LANG=C.UTF-8",
        f"TERM={os.environ.get('TERM', 'dumb')}",
    )
    return ["nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "--root", "--wd", *clean, *words]
