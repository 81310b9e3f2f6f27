"""agent.toml: read whole, and refused with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from shulu.delivery.config import load
from shulu.findings import Refused

GOOD = """\
library = "990101"
name = "临江县图书馆"
route = "network"
[upstream]
library = "990000"
host = "10.99.0.1"
[network]
window = "22:00-06:00"
collections = ["ebooks"]
"""


def test_a_whole_file_with_defaults(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(GOOD)
    config = load(file)
    assert config.upstream is not None
    assert (config.upstream.port, config.upstream.mirror_user) == (22, "shulu-mirror")
    assert config.store == Path("/srv/shulu/store")
    assert config.network.collections == ("ebooks",)
    assert config.keep_releases == 2


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(
        'library = "../x"\nroute = "pigeon"\nstore = "here"\ntrust = 7\nbogus = 1\n'
        '[upstream]\nlibrary = "990000"\nport = 70000\n'
        '[network]\nwindow = "always"\nbandwidth_kib = -1\ncollections = [1]\njitter_seconds = true\n'
        "[keep]\nreleases = 0\nfloor = 1\n"
    )
    with pytest.raises(Refused) as refused:
        load(file)
    said = [finding.problem.split()[0] for finding in refused.value.findings]
    assert sorted(said) == [
        "bogus",
        "keep.floor",
        "keep.releases",
        "library",
        "network.bandwidth_kib",
        "network.collections",
        "network.jitter_seconds",
        "network.window",
        "route",
        "store",
        "trust",
        "upstream.host",
        "upstream.port",
    ]


def test_a_route_over_the_line_needs_an_upstream(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('library = "990101"\nroute = "remote"\n')
    with pytest.raises(Refused, match="upstream is missing, and the route remote needs it"):
        load(file)


@pytest.mark.parametrize("text", ["library = ", "\xff", ""])
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Refused):
        load(file)
    with pytest.raises(Refused, match="cannot be read"):
        load(tmp_path / "none.toml")
