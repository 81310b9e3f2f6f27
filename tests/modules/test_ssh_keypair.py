from __future__ import annotations

import os
import pwd
from pathlib import Path

from plugins.modules.ssh_keypair import act, plan

USER = pwd.getpwuid(os.getuid()).pw_name


def test_makes_a_pair_once_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "agent"
    act(path, USER, "990101", plan(path, USER))
    secret, public = path.read_bytes(), path.with_name("agent.pub").read_text()
    assert public.startswith("ssh-ed25519 ")
    assert public.endswith(" 990101\n")
    assert path.stat().st_mode & 0o7777 == 0o600
    assert not plan(path, USER).changed
    assert path.read_bytes() == secret


def test_a_lost_public_half_is_made_of_the_private_one(tmp_path: Path) -> None:
    path = tmp_path / "agent"
    act(path, USER, "990101", plan(path, USER))
    public = path.with_name("agent.pub")
    before = public.read_text().split()[:2]
    public.unlink()
    path.chmod(0o644)
    todo = plan(path, USER)
    assert set(todo.mend) == {path, public}
    act(path, USER, "990101", todo)
    assert public.read_text().split()[:2] == before
    assert not plan(path, USER).changed


def test_a_user_that_is_only_foretold_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "agent"
    act(path, USER, "990101", plan(path, USER))
    assert plan(path, "nobody-of-this-name").changed
