"""The command line of the lab."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import disk, host, image, lab, line, network, place, tool
from lab.spec import parse_size
from shulu.findings import Refused, refuse


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    a = words[0]
    if a == "image":
        print(image.ensure(words[1]))
    elif a == "create":
        lab.create(words[1], Path(words[3]))
    elif a == "destroy":
        lab.destroy(words[1])
    elif a == "exec":
        p, s, f = lab.load(words[1])
        who = words[2]
        rest = words[4:] if words[3] == "--" else words[3:]
        if who in ("stranger",) or who.startswith("reader-"):
            return tool.pass_through(network.enter(p, who, *rest))
        if who == "controller":
            return tool.pass_through(network.enter(p, "", *rest))
        return tool.pass_through(host.inside(host.leader(p, who), *rest))
    return 0
