"""The web server as the role portal sets it up, licences and all, against a bare nginx on the same files.

wrk asks both in turns over kept connections. What the application makes is measured for information.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from bench.harness import Row, say
from shulu.catalogue import readers
from shulu.catalogue.build import build
from shulu.content import release as releases
from shulu.content.assemble import Terms, make
from shulu.content.bagwriter import Options
from shulu.content.licence import Licence, today
from shulu.content.pack import pack

ROOT = Path(__file__).resolve().parents[1]
ROLE = ROOT / "roles/portal"
SIZES = {"a page image, 50 KB": 50_000, "1 MB": 1_000_000, "a film, 100 MB": 100_000_000}
UNITS = {"GB": 1024.0, "MB": 1.0, "KB": 1 / 1024}
ROUNDS, SECONDS = 15, 1
GOAL = 0.95
BARE = """\
user root;
worker_processes auto;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type image/jpeg;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 60s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def run(work: Path) -> list[Row]:
    """Serve the same files from both, and let wrk ask them by turns."""
    folder = work / "serve"
    shutil.rmtree(folder, ignore_errors=True)
    store = _store(folder)
    files = store / "live/bags/old-photographs-001/data/files"
    with _application(folder, store), _ours(folder, store) as ours, _bare(folder, files.resolve()) as bare:
        rows = []
        for name, size in SIZES.items():
            own = f"{ours}/content/old-photographs-001/files/{size}.jpg?v=1"
            rows.append(_compare(name, own, f"{bare}/{size}.jpg"))
            asked = own.replace("old-photographs", "new-year-prints")
            rows.append(_compare(f"{name}, by its record's licence", asked, f"{bare}/{size}.jpg", goal=None))
        for name, path in {"page": "/items/old-photographs-001/50000", "search": "/search?q=50"}.items():
            _ask(ours + path)
            say(f"the application: {_ask(ours + path)['requests']:.0f} times a {name} in a second")
    return rows


def _compare(name: str, ours: str, bare: str, goal: float | None = GOAL) -> Row:
    say(name)
    found = []
    for turn in range(ROUNDS):
        pair = [ours, bare] if turn % 2 else [bare, ours]
        told = {url: _ask(url)["MB"] for url in pair}
        found.append((told[ours], told[bare]))
    mine, theirs = (statistics.median(side) for side in zip(*found, strict=True))
    ratio = mine / theirs
    said, met = ("", None) if goal is None else (f"at least {goal}", ratio >= goal)
    return Row(f"serving {name}", mine, "bare nginx", theirs, "MB/s", ratio, said, met)


def _ask(url: str) -> dict[str, float]:
    """Ask for some seconds; return requests and MB a second."""
    command = ["wrk", "--threads", "1", "--connections", "8", "--duration", f"{SECONDS}s", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([0-9.]+)\s+Transfer/sec:\s+([0-9.]+)(GB|MB|KB)", told)
    if "Non-2xx" in told or found is None:
        raise RuntimeError(told)
    return {"requests": float(found[1]), "MB": float(found[2]) * UNITS[found[3]]}


def _store(folder: Path) -> Path:
    store = folder / "store"
    for collection in ("old-photographs", "new-year-prints"):
        source = folder / "sources" / collection
        source.mkdir(parents=True)
        records: list[dict[str, Any]] = []
        for size in SIZES.values():
            (source / f"{size}.jpg").write_bytes(os.urandom(size))
            records.append({"id": f"{size}", "title": f"照片 {size}", "files": [f"{size}.jpg"]})
        if collection == "new-year-prints":
            records[-1]["licence"] = {"scope": "lan"}
        (source / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
        pack(source, store, Options(collection, "1", processes=1))
    release = make(store, Terms(epoch=1, serial=1, licence=Licence("province")))
    live = store / "releases" / release.name
    (live / "bags").mkdir(parents=True)
    (live / "release.json").write_bytes(releases.dump(release))
    for bag in release.bags:
        (live / "bags" / bag.id).symlink_to(Path("../../..") / bag.path)
    build(live)
    readers.link(live, today())
    (store / "live").symlink_to(f"releases/{release.name}")
    return store


@contextlib.contextmanager
def _ours(folder: Path, store: Path) -> Iterator[str]:
    port = _free_port()
    scratch = folder / "ours"
    scratch.mkdir()
    values = {
        "portal_store": str(store),
        "portal_port": f"127.0.0.1:{port}",
        "__portal_socket": str(folder / "portal.sock"),
        "__portal_scratch": str(scratch),
        "__portal_static": str(ROOT / "shulu/portal/static"),
        "__portal_user": "root",
    }
    (scratch / "nginx.conf").write_text(_render("nginx.conf.j2", values))
    with _running(["nginx", "-e", "stderr", "-c", str(scratch / "nginx.conf"), "-g", _own(scratch)], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _bare(folder: Path, root: Path) -> Iterator[str]:
    port = _free_port()
    scratch = folder / "bare"
    scratch.mkdir()
    (scratch / "nginx.conf").write_text(BARE.format(folder=scratch, port=port, root=root))
    with _running(["nginx", "-e", "stderr", "-c", str(scratch / "nginx.conf"), "-g", _own(scratch)], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _application(folder: Path, store: Path) -> Iterator[None]:
    words = ["--preload", "--workers", "2", "--threads", "4", "--bind", f"unix:{folder}/portal.sock"]
    command = [sys.executable, "-m", "gunicorn", *words, "shulu.portal.app:create_app()"]
    with _running(command, folder / "portal.sock", {**os.environ, "SHULU_PORTAL_STORE": str(store)}):
        yield


def _own(scratch: Path) -> str:
    return f"daemon off; pid {scratch}/pid;"


def _render(template: str, values: Mapping[str, Any]) -> str:
    """Render a template of the role with its defaults, as Ansible does."""
    loader = jinja2.FileSystemLoader(ROLE / "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=False,  # noqa: S701 - no HTML
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    known: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        known.update(yaml.safe_load((ROLE / part / "main.yml").read_text()))
    return environment.get_template(template).render({**known, **values})


@contextlib.contextmanager
def _running(
    command: list[str], at: Path | int, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    try:
        for _ in range(200):
            family = socket.AF_UNIX if isinstance(at, Path) else socket.AF_INET
            with socket.socket(family) as probe:
                if probe.connect_ex(str(at) if isinstance(at, Path) else ("127.0.0.1", at)) == 0:
                    break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{command[0]} does not answer")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
