"""The demo library as its readers meet it: a store, gunicorn and nginx as the role sets them up."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

from bench.harness import say
from bench.searchload import memory_mb
from shulu.catalogue import readers
from shulu.catalogue.build import build
from shulu.catalogue.catalogue import Catalogue
from shulu.catalogue.model import Unreadable
from shulu.content import release as releases
from shulu.content.assemble import Terms, make
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence, today
from shulu.content.pack import pack

ROOT = Path(__file__).resolve().parents[1]
ROLE = ROOT / "roles/portal"
NAME = "临江县图书馆"
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Library:
    """A portal that answers at a port of the loopback: its store, and the processes of both servers."""

    port: int
    store: Path
    application: int
    web_server: int

    def memory_mb(self) -> tuple[float, float]:
        """Return the memory of the application and of the web server in MB (PSS)."""
        return memory_mb(_family(self.application)), memory_mb(_family(self.web_server))

    def processor_seconds(self) -> tuple[float, float]:
        """Return what both have used of the processors so far."""
        return _used(_family(self.application)), _used(_family(self.web_server))


def store(work: Path, size: str) -> Path:
    """Return a store where the demo's content of a size is live; it is made once."""
    folder = work / f"readers-{size}"
    made = folder / "store"
    if (made / "live").exists():
        _reindex(made / "live")
        return made
    shutil.rmtree(made, ignore_errors=True)
    sources = folder / "sources"
    if not sources.exists():
        say(f"making the demo's content ({size})")
        draft = folder / "sources.new"
        shutil.rmtree(draft, ignore_errors=True)
        words = [sys.executable, "-m", "demo", "sources", "--out", str(draft), "--size", size]
        subprocess.run(words, check=True, cwd=ROOT)
        draft.rename(sources)
    say("packing it")
    packed = folder / "packed"
    shutil.rmtree(packed, ignore_errors=True)
    for collection in sorted(path.parent for path in sources.glob("*/records.jsonl")):
        pack(collection, packed, Options(collection.name, "1"))
    _publish(made, packed)
    return made


def _reindex(release: Path) -> None:
    """Build the catalogue anew where it is of another version of the program."""
    try:
        Catalogue(release).close()
    except Unreadable:
        say("its catalogue is of another version: building it anew")
        build(release.resolve())


def _publish(made: Path, packed: Path) -> None:
    release = make(packed, Terms(epoch=1, serial=1, licence=Licence("province")))
    folder = made / "releases" / release.name
    (folder / "bags").mkdir(parents=True)
    (folder / "release.json").write_bytes(releases.dump(release))
    for bag in release.bags:
        (packed / bag.path).rename(_parent(made / bag.path))
        (folder / "bags" / bag.id).symlink_to(Path("../../..") / bag.path)
    build(folder)
    readers.link(folder, today())
    (made / "live").symlink_to(Path("releases") / release.name)


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def library(work: Path, held: Path) -> Iterator[Library]:
    """Serve a store with the role's own configuration until the block ends."""
    folder = work / "readers-servers"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "scratch").mkdir(parents=True)
    known: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        known |= yaml.safe_load((ROLE / part / "main.yml").read_text())
    port, sock = _free_port(), folder / "portal.sock"
    known |= {
        "portal_name": NAME,
        "portal_store": str(held),
        # Each reader has an address of the loopback's, so that limits hold as on a LAN.
        "portal_lans": ["127.0.0.0/8"],
        "portal_port": f"127.0.0.1:{port}",
        "__portal_socket": str(sock),
        "__portal_scratch": str(folder / "scratch"),
        "__portal_etc": str(folder),
        "__portal_static": str(ROOT / "shulu/portal/static"),
        "__portal_user": "root",
    }
    loader = jinja2.FileSystemLoader(ROLE / "templates")
    templates = jinja2.Environment(loader=loader, trim_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701 - no HTML
    configuration = folder / "nginx.conf"
    configuration.write_text(templates.get_template("nginx.conf.j2").render(known))
    pages = [sys.executable, "-m", "gunicorn", "--preload"]
    pages += ["--workers", str(known["portal_workers"]), "--threads", str(known["portal_threads"])]
    pages += ["--bind", f"unix:{sock}", "--chdir", str(ROOT), "shulu.portal.app:create_app()"]
    nginx = ["nginx", "-e", "stderr", "-c", str(configuration), "-g", f"daemon off; pid {folder}/pid;"]
    environment = {
        "SHULU_PORTAL_STORE": str(held),
        "SHULU_PORTAL_TOPICS": str(folder / "topics"),
        "PATH": "/usr/bin",
        "HOME": str(folder),
    }
    with _running(pages, folder / "gunicorn.log", environment) as application:
        _await(sock, folder / "gunicorn.log")
        with _running(nginx, folder / "nginx.log", {"PATH": os.environ["PATH"]}) as web_server:
            _await(("127.0.0.1", port), folder / "nginx.log")
            yield Library(port, held, application, web_server)


@contextlib.contextmanager
def _running(command: Sequence[str], log: Path, environment: dict[str, str]) -> Iterator[int]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _await(address: Path | tuple[str, int], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    where = str(address) if isinstance(address, Path) else address
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET) as probe:
            if probe.connect_ex(where) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{where} does not answer: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _used(pids: Sequence[int]) -> float:
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
