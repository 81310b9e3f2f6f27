"""How the admin reaches the hosts: keys, known_hosts, ssh_config."""

from __future__ import annotations

import os
from pathlib import Path

from lab import tool
from lab.place import Place
from lab.spec import Spec


def ensure_admin_key(place: Place) -> None:
    """Make the admin's key, readable by whoever calls the lab, through sudo too."""
    place.control_paths.mkdir(mode=0o700, exist_ok=True)
    if not place.admin_key.exists():
        make_key(place.admin_key, f"admin of the lab {place.lab}")
    owner, group = caller()
    for path in (place.admin_key, place.control_paths):
        os.chown(path, owner, group)


def make_key(path: Path, comment: str) -> None:
    """Make an ed25519 key without a passphrase, and its .pub."""
    tool.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))


def caller() -> tuple[int, int]:
    """Return the uid and gid of the person behind sudo, or root's."""
    return int(os.environ.get("SUDO_UID", "0")), int(os.environ.get("SUDO_GID", "0"))


def write(place: Place, spec: Spec, host_keys: dict[str, str]) -> None:
    """Write known_hosts and ssh_config; ``host_keys`` has the public key of each host as its .pub has it."""
    known, config = [], []
    # Only root enters a namespace.
    root = "" if caller()[0] == 0 else "sudo -n "
    for host in spec.hosts:
        kind, key = host_keys[host.code].split()[:2]
        known.append(f"{host.code},{host.vpn.ip} {kind} {key}\n")
        config.append(f"Host {host.code} {host.vpn.ip}\n  HostName {host.vpn.ip}\n")
    config.append(
        "Host *\n"
        "  User admin\n"
        f"  IdentityFile {place.admin_key}\n"
        "  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {place.known_hosts}\n"
        "  GlobalKnownHostsFile none\n"
        "  StrictHostKeyChecking yes\n"
        f"  ControlPath {place.control_paths}/%C\n"
        f"  ProxyCommand {root}nsenter --net={place.netns_path()} socat - TCP:%h:%p,nodelay\n"
    )
    place.known_hosts.write_text("".join(known))
    place.ssh_config.write_text("".join(config))
