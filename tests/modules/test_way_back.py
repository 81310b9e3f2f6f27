from __future__ import annotations

from pathlib import Path

from plugins.modules.way_back import connection, obstacles

VPN = ["10.99.0.0/16", "fd00::/8"]


def process(proc: Path, pid: int, parent: int, **environment: str) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "stat").write_text(f"{pid} (a b) c) S {parent} 0 0")
    (folder / "environ").write_bytes(b"\0".join(f"{k}={v}".encode() for k, v in environment.items()))


def test_finds_the_login_behind_sudo(tmp_path: Path) -> None:
    process(tmp_path, 30, 20, USER="root", SUDO_USER="admin")
    process(tmp_path, 20, 10, USER="admin", SSH_CONNECTION="10.99.255.254 50000 10.99.1.1 22")
    process(tmp_path, 10, 1)
    assert connection(30, tmp_path) == ("admin", "10.99.255.254")


def test_without_ssh_there_is_no_way_to_lose(tmp_path: Path) -> None:
    process(tmp_path, 30, 1, USER="root")
    assert connection(30, tmp_path) == ("", "")


def test_an_admin_from_an_open_network_comes_back() -> None:
    assert obstacles("admin", "10.99.255.254", ["admin"], VPN) == []
    assert obstacles("admin", "fd00::1", ["admin"], VPN) == []


def test_says_every_obstacle_at_once() -> None:
    assert len(obstacles("root", "192.0.2.1", ["admin"], VPN)) == 2
    assert "base_admins" in obstacles("li", "10.99.0.9", ["admin"], VPN)[0]
