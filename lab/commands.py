"""``python -m lab COMMAND``: what a person, Molecule and the demo do with labs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import disk, forward, host, image, lab, line, listing, tool, visit
from lab.spec import parse_size
from shulu.findings import Refused, refuse

Handler = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 refused, 2 wrong usage; exec gives its command's own."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(words)
    run: Handler = arguments.run
    try:
        tool.become_root(words)
        return run(arguments)
    except Refused as refused:
        for finding in refused.findings:
            tool.say(str(finding))
        return 1
    except KeyboardInterrupt:
        tool.say("interrupted; the same command again goes on, destroy cleans up")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab", description="Real Debian hosts on this machine, and their faults."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Handler, summary: str, *names: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=run)
        for argument in names:
            command.add_argument(argument.lower(), metavar=argument)
        return command

    add("image", _image, "build a suite's image if it is not there; print its root folder", "SUITE")
    create = add("create", _create, "make a lab, or start what is down of it", "LAB")
    create.add_argument(
        "--spec", type=Path, required=True, help="what the lab is made of, as lab/demo.yml has it"
    )
    add("destroy", _destroy, "take a lab down with all it left", "LAB")
    listed = add("ls", _ls, "list the labs, or what is in one")
    listed.add_argument("lab", metavar="LAB", nargs="?")
    listed.add_argument("--json", action="store_true", help="for programs")
    execute = add("exec", _exec, "run a command at a place, there as root", "LAB", "PLACE")
    execute.add_argument("words", metavar="-- COMMAND", nargs=argparse.REMAINDER)
    blank = add("disk", _disk, "make a blank disk; print its device on this machine", "LAB", "DISK")
    blank.add_argument("--size", help="of a new disk, like 1G")
    add("plug", _plug, "put a disk into a host; print its device there", "LAB", "HOST", "DISK")
    add("unplug", _unplug, "pull a disk out of a host without asking it", "LAB", "HOST", "DISK")
    add("slow", _slow, "slow a host's VPN line to a rate like 20mbit, or off", "LAB", "HOST", "RATE")
    add("cut", _cut, "cut a host's VPN line", "LAB", "HOST")
    add("mend", _mend, "mend a cut line", "LAB", "HOST")
    add("poweroff", _power_off, "switch a host off as a power cut does", "LAB", "HOST")
    add("poweron", _power_on, "switch a host on and wait until it answers", "LAB", "HOST")
    opened = add("forward", _forward, "open the libraries' portals on loopback ports of this machine", "LAB")
    opened.add_argument(
        "--port", type=int, default=forward.FIRST_PORT, help="the first port (default %(default)s)"
    )
    return parser


def _image(arguments: argparse.Namespace) -> int:
    print(image.ensure(arguments.suite))
    return 0


def _create(arguments: argparse.Namespace) -> int:
    lab.create(arguments.lab, arguments.spec)
    return 0


def _destroy(arguments: argparse.Namespace) -> int:
    lab.destroy(arguments.lab)
    return 0


def _ls(arguments: argparse.Namespace) -> int:
    print(listing.as_json(arguments.lab) if arguments.json else listing.as_text(arguments.lab))
    return 0


def _exec(arguments: argparse.Namespace) -> int:
    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    if not words:
        raise refuse("exec", "has no command", f"lab exec {arguments.lab} {arguments.place} -- COMMAND")
    place, spec, _ = lab.load(arguments.lab)
    return tool.pass_through(visit.command(place, spec, arguments.place, words))


def _disk(arguments: argparse.Namespace) -> int:
    try:
        size = None if arguments.size is None else parse_size(arguments.size)
    except ValueError as error:
        raise refuse("--size", str(error), "write it like 1G") from error
    with lab.held(arguments.lab) as (place, _, _):
        print(disk.make(place, arguments.disk, size))
    return 0


def _plug(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        print(disk.plug(place, faults, spec.host(arguments.host).code, arguments.disk))
    return 0


def _unplug(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        disk.unplug(place, faults, spec.host(arguments.host).code, arguments.disk)
    return 0


def _slow(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        line.slow(place, spec, faults, spec.host(arguments.host).code, arguments.rate)
    return 0


def _cut(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        line.cut(place, spec, faults, spec.host(arguments.host).code)
    return 0


def _mend(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        line.mend(place, spec, faults, spec.host(arguments.host).code)
    return 0


def _power_off(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, _):
        host.stop(place, spec, spec.host(arguments.host))
    return 0


def _power_on(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, faults):
        lab.power_on(place, spec, faults, [spec.host(arguments.host)])
    return 0


def _forward(arguments: argparse.Namespace) -> int:
    with lab.held(arguments.lab) as (place, spec, _):
        for code, address in forward.start(place, spec, arguments.port).items():
            print(f"{code}\t{address}")
    return 0
