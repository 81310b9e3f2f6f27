from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plugins.modules.host_identity import act, hosts_text, plan

HOSTS = "127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n::1\tlocalhost ip6-localhost\n"


def test_the_own_name_stands_after_the_loopback() -> None:
    assert hosts_text(HOSTS, "library-990101").splitlines() == [
        "127.0.0.1\tlocalhost",
        "127.0.1.1\tlibrary-990101",
        "::1\tlocalhost ip6-localhost",
    ]


@given(st.lists(st.sampled_from(["127.0.1.1 a", "127.0.0.1 b", "# 127.0.1.1", "", "10.0.0.1 c"]), max_size=6))
def test_the_second_time_changes_nothing(lines: list[str]) -> None:
    once = hosts_text("\n".join(lines), "x")
    assert hosts_text(once, "x") == once
    assert "127.0.1.1\tx" in once.splitlines()


def test_sets_what_differs_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text(HOSTS)
    changes = plan(tmp_path, "library-1", "UTC", current="library-1")
    assert sorted(changes) == ["etc/hostname", "etc/hosts", "etc/localtime", "etc/timezone"]
    act(tmp_path, changes)
    assert plan(tmp_path, "library-1", "UTC", current="library-1") == {}
    assert plan(tmp_path, "library-1", "UTC", current="debian") == {"kernel": "library-1"}
