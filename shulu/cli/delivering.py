"""What ``shulu deliver`` does behind its first question: wires the rooms together, tells the result."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from shulu.delivery.ask import Question
from shulu.delivery.blockdevice import find_shipped, mounted
from shulu.delivery.choice import newest_signed
from shulu.delivery.config import Config
from shulu.delivery.disk import DiskGone, is_readable
from shulu.delivery.line import LineCut, open_line
from shulu.delivery.notice import post
from shulu.delivery.offer import unsigned_offer
from shulu.delivery.run import Delivery, Plan, Waiting, open_route, plan, send_receipts
from shulu.delivery.served import is_shown, shown
from shulu.delivery.status import Silent, Status
from shulu.findings import Refused
from shulu.progress import human_bytes
from shulu.store.durable import Busy
from shulu.store.store import Store

TRY_AGAIN = 75
LOCK_SECONDS = 10.0
"""A delivery that was just killed may still be ending."""


def deliver(arguments: argparse.Namespace, config: Config, asked: Question | None) -> int:
    """Deliver; return the exit code."""
    store = Store(config.store, config.state)
    try:
        store.create()
        return _deliver(arguments, config, store, asked)
    except Busy as busy:
        for finding in busy.findings:
            print(f"shulu deliver: {finding}", file=sys.stderr)
        return TRY_AGAIN
    except OSError as error:
        print(f"shulu deliver: {error}", file=sys.stderr)
        return TRY_AGAIN


def foretell(arguments: argparse.Namespace, config: Config, asked: Question | None) -> int:
    """Print what ``deliver`` would do; return the exit code."""
    store = Store(config.store, config.state)
    with _plan_folder(arguments, config) as folder, _plan_served(config) as served:
        route = open_route(config, store, Silent(), folder=folder, served=served, any_time=True, asked=asked)
        if arguments.anew and folder is not None:
            route = replace(route, offer=partial(unsigned_offer, folder))
        result = plan(store, route, anew=arguments.anew)
    if arguments.json:
        print(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        print(_describe(result))
    return 0


def _deliver(arguments: argparse.Namespace, config: Config, store: Store, asked: Question | None) -> int:
    with store.lock(LOCK_SECONDS) as hold:
        status = Status(config, store)
        try:
            with _reported(status):
                route = open_route(
                    config,
                    store,
                    status,
                    hold=hold,
                    folder=arguments.folder,
                    any_time=arguments.now,
                    asked=asked,
                )
                changed = Delivery(config, store, status, route, partial(_prepare, store, status)).run()
                if changed:
                    _renew(store)
        except Waiting as waiting:
            return _tell(arguments, "waiting", False, str(waiting))
        except (LineCut, DiskGone) as error:
            print(f"shulu deliver: {error}", file=sys.stderr)
            return TRY_AGAIN
        finally:
            problem = send_receipts(config, open_line(config, hold))
            post(config, store)
            if problem:
                print(f"shulu deliver: {problem}", file=sys.stderr)
    live = store.live()
    return _tell(arguments, "live", changed, f"release {live.release.name} is live" if live else "")


@contextlib.contextmanager
def _reported(status: Status) -> Iterator[None]:
    """Let the status tell of a route that cannot even be set up."""
    try:
        yield
    except Refused as refused:
        status.say("failed", "; ".join(str(finding) for finding in refused.findings[:3]))
        raise


def _prepare(store: Store, status: Status, folder: Path) -> None:
    # Only what becomes live needs the catalogue.
    from shulu.catalogue import readers  # noqa: PLC0415
    from shulu.catalogue.build import build  # noqa: PLC0415
    from shulu.content.licence import today  # noqa: PLC0415

    def tell(bag: str, done: int) -> None:
        status.say("verifying", f"indexing {bag}: {done:,} records")

    for remark in build(folder, store.root / "live", tell, now=datetime.now(UTC)):
        print(f"shulu deliver: {remark}", file=sys.stderr)
    readers.link(folder, today())


def _renew(store: Store) -> None:
    """Link once more what readers may have: midnight may have passed while the release was made ready."""
    from shulu.catalogue.readers import renew  # noqa: PLC0415

    renew(store.root)


def _tell(arguments: argparse.Namespace, state: str, changed: bool, message: str) -> int:
    if arguments.json:
        document = {"state": state, "changed": changed, "message": message}
        print(json.dumps(document, ensure_ascii=False))
    else:
        print(message)
    return 0


@contextlib.contextmanager
def _plan_folder(arguments: argparse.Namespace, config: Config) -> Iterator[Path | None]:
    """Give the plan a look at a disk that is plugged in and not mounted yet."""
    looks = arguments.folder is None and config.route == "disk" and config.disk.mode == "copy"
    if not looks or os.geteuid() != 0 or is_readable(config.disk.mount):
        yield arguments.folder
        return
    found = find_shipped()
    if not found:
        yield None
        return
    signed, _ = newest_signed(found, config)
    disk = signed or found[0]
    with tempfile.TemporaryDirectory(prefix="shulu-disk-") as name, mounted(disk, Path(name)) as folder:
        yield folder


@contextlib.contextmanager
def _plan_served(config: Config) -> Iterator[list[Path]]:
    """Give the plan a look at all disks that a server would serve from, also those not mounted yet."""
    root = config.disk.served
    with contextlib.ExitStack() as stack:
        folders = shown(root)
        if config.route == "disk" and config.disk.mode == "serve" and os.geteuid() == 0:
            for disk in find_shipped():
                with contextlib.suppress(Refused):
                    if not is_shown(disk, root):
                        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="shulu-disk-"))
                        folders.append(stack.enter_context(mounted(disk, Path(name))))
        yield folders


def _describe(result: Plan) -> str:
    name = "no release" if result.release is None else f"release {result.release[0]}-{result.release[1]}"
    return f"{name}: {result.reason} ({result.bags} bags, {human_bytes(result.bytes)})"
