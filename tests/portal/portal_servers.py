"""The real servers of a portal on loopback: gunicorn, and nginx with the configuration of the role."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

ROLE = Path(__file__).parents[2] / "roles" / "portal"
READER, STRANGER = "127.0.0.1", "127.0.0.2"


def render(template: str, values: Mapping[str, Any]) -> str:
    """Render a template of the role with its defaults, as Ansible does."""
    loader = jinja2.FileSystemLoader(ROLE / "templates")
    settings = {"trim_blocks": True, "keep_trailing_newline": True, "undefined": jinja2.StrictUndefined}
    environment = jinja2.Environment(loader=loader, autoescape=False, **settings)  # noqa: S701 - no HTML
    known: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        known.update(yaml.safe_load((ROLE / part / "main.yml").read_text()))
    return environment.get_template(template).render({**known, **values})


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind((READER, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Site:
    """A library's portal: the port of its readers, the one where it exports it, and its store."""

    port: int
    export: int
    store: Path
    folder: Path


def exporting(port: int) -> dict[str, Any]:
    """Return the role's values for a server that remote libraries read from, at this port."""
    return {"portal_export_clients": [READER], "portal_export_address": READER, "portal_export_port": port}


def importing(port: int) -> dict[str, Any]:
    """Return the role's values for a remote library whose upstream exports at this port."""
    return {"portal_mode": "remote", "portal_upstream_address": READER, "portal_upstream_port": port}


@dataclass(frozen=True)
class Answer:
    """What a server answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    source: str = READER,
    method: str = "GET",
) -> Answer:
    """Ask a server on loopback, from a source address of loopback."""
    connection = http.client.HTTPConnection(READER, port, timeout=20, source_address=(source, 0))
    try:
        connection.request(method, path, headers=dict(headers or {}))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


@contextmanager
def running(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[Any]:
    """Run a server until the block ends."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def wait_for(path: Path | int, log: Path) -> None:
    """Wait until a socket of this path or port answers."""
    for _ in range(200):
        family = socket.AF_UNIX if isinstance(path, Path) else socket.AF_INET
        with socket.socket(family) as probe:
            if probe.connect_ex(str(path) if isinstance(path, Path) else (READER, path)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{path} does not answer: {log.read_text()}")


@contextmanager
def application(folder: Path, store: Path, topics: Path | None = None) -> Iterator[Path]:
    """Run gunicorn as the unit does; yield its socket."""
    sock, log = folder / "portal.sock", folder / "gunicorn.log"
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--threads", "4", "--bind", f"unix:{sock}"]
    own = {"SHULU_PORTAL_STORE": str(store), "SHULU_PORTAL_TOPICS": str(topics or folder / "topics")}
    own["SHULU_PORTAL_FIGURES"] = str(folder / "figures")
    environment = {**own, "PATH": "/usr/bin", "HOME": str(folder)}
    root = str(ROLE.parents[1])
    with running([*command, "--chdir", root, "shulu.portal.app:create_app()"], log, environment):
        wait_for(sock, log)
        yield sock


@contextmanager
def web_server(folder: Path, name: str, values: Mapping[str, Any]) -> Iterator[int]:
    """Run nginx with the role's configuration; yield its port for readers."""
    port = free_port()
    place = folder / name
    scratch = place / "scratch"
    scratch.mkdir(parents=True)
    own = {
        "portal_port": f"{READER}:{port}",
        "__portal_scratch": str(scratch),
        "__portal_etc": str(place),
        "__portal_tls": str(place),
        "__portal_static": str(ROLE.parents[1] / "shulu/portal/static"),
        "__portal_user": "root",
        "portal_cache_path": str(place / "cache"),
        **values,
    }
    configuration, log = place / "nginx.conf", place / "nginx.log"
    configuration.write_text(render("nginx.conf.j2", own))
    (place / "shulu-unavailable.html").write_text(render("unavailable.html.j2", own))
    settings = f"daemon off; pid {place}/pid;"
    command = ["nginx", "-e", "stderr", "-c", str(configuration), "-g", settings]
    with running(command, log):
        wait_for(port, log)
        yield port


@contextmanager
def serving(folder: Path, store: Path, topics: Path | None = None, **values: Any) -> Iterator[Site]:
    """Run a whole portal, for readers and for remote libraries."""
    export = free_port()
    with application(folder, store, topics) as sock:
        own = {"portal_store": str(store), "__portal_socket": str(sock), **exporting(export), **values}
        with web_server(folder, "hub", own) as port:
            yield Site(port, export, store, folder)
