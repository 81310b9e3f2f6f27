"""A reader who never stops reading: whatever happens to the server, each page must be an expected one."""

from __future__ import annotations

import hashlib
import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from faults_host import Host
from faults_province import BAG, FIRST_FILE, Export

from lab import netns, network

RELEASE = re.compile(r"Release.*?<dd>([0-9]+-[0-9]+)</dd>", re.DOTALL)
PAUSE_SECONDS = 0.2


class Reader:
    """The PC on a library's LAN."""

    def __init__(self, host: Host) -> None:
        self._namespace = host.place.netns_path(network.reader(host.code))
        lan = host.spec.host(host.code).lan
        assert lan is not None
        self._address = str(lan.ip)

    def get(self, path: str) -> tuple[int, bytes]:
        """Fetch a page. Raises OSError and HTTPException where nobody answers."""
        connection = http.client.HTTPConnection(self._address)
        connection.sock = netns.connect(self._namespace, self._address, 80, timeout=10)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def release(self) -> str:
        """Return the release that the portal says it shows."""
        status, page = self.get("/about")
        found = RELEASE.search(page.decode())
        return found[1] if status == 200 and found else f"status {status}"

    def content(self) -> str:
        """Return the digest of the one file that every release has under the same name."""
        status, body = self.get(f"/content/{BAG}/files/{FIRST_FILE}")
        return hashlib.sha256(body).hexdigest() if status == 200 else f"status {status}"

    def sees(self, export: Export) -> bool:
        """Tell whether page and content are those of this release, whole; no while nobody answers."""
        try:
            return (self.release(), self.content()) == (export.name, digest(export))
        except (OSError, http.client.HTTPException):
            return False

    @contextmanager
    def reading(self, old: Export, new: Export | None = None) -> Iterator[None]:
        """Read all the while; at the end hold that it was always ``old``, or from some moment on ``new``."""
        ended = threading.Event()
        pages: list[str] = []
        contents: list[str] = []

        def read() -> None:
            while not ended.wait(PAUSE_SECONDS):
                for look, seen in ((self.release, pages), (self.content, contents)):
                    try:
                        found = look()
                    except (OSError, http.client.HTTPException) as error:
                        found = repr(error)
                    if seen[-1:] != [found]:
                        seen.append(found)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        for seen, of in ((pages, lambda export: export.name), (contents, digest)):
            allowed = [[of(old)]] if new is None else [[of(old)], [of(old), of(new)], [of(new)]]
            assert seen in ([], *allowed), f"readers saw {seen}"


def digest(export: Export) -> str:
    return hashlib.sha256(export.first_file()).hexdigest()
