"""The root of a plain Debian server, as the installer leaves it with the SSH task; made once per recipe.

mmdebstrap(1) makes it. It has no apt source: a library has no internet, what it installs comes from the kit.
The packages it came with are listed beside it, so that a kit knows what it need not carry.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import tool
from shulu.content.kit_apt import mirrors
from shulu.findings import Refused, refuse

CACHE = Path("/var/cache/shulu-lab")
SUITES = ("bookworm", "trixie")
PACKAGES = [
    "systemd",
    "systemd-sysv",
    "systemd-timesyncd",
    "libpam-systemd",
    "dbus",
    "udev",
    "python3",
    "python3-apt",
    "openssh-server",
    "sudo",
    "iproute2",
    "iputils-ping",
    "procps",
    "less",
    "tzdata",
    "ca-certificates",
    "e2fsprogs",
    "netbase",
]
# Whatever ends this process ends the build too, before another may start; its mounts go with its namespace.
DIES_WITH_US = [
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
]
HOOKS = (
    'rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/etc/ssh/ssh_host_*',
    'echo debian >"$1"/etc/hostname',
    'printf "127.0.0.1\\tlocalhost\\n127.0.1.1\\tdebian\\n" >"$1"/etc/hosts',
    # As cloud images have it: an admin with a key and sudo, root without either.
    'chroot "$1" useradd --create-home --shell /bin/bash --password "*" admin',
    'echo "admin ALL=(ALL) NOPASSWD:ALL" >"$1"/etc/sudoers.d/90-admin',
    'chmod 440 "$1"/etc/sudoers.d/90-admin',
    'chroot "$1" systemctl enable systemd-networkd ssh',
    # There is no terminal on a console that is a pipe.
    'chroot "$1" systemctl mask console-getty.service getty@tty1.service',
)


def path(suite: str) -> Path:
    """Return the root folder of a suite's image; it exists once ``ensure`` made it."""
    return _folder(suite) / "root"


def packages(suite: str) -> Path:
    """Return the list of what the image has, a line each: package, tab, version, tab, architecture."""
    return _folder(suite) / "packages.tsv"


def ensure(suite: str) -> Path:
    """Return the root folder, made first where this recipe was not built yet (a minute or two)."""
    if suite not in SUITES:
        raise refuse(suite, "is no suite the lab knows", f"use one of {', '.join(SUITES)}")
    folder = _folder(suite)
    if folder.exists():
        return path(suite)
    CACHE.mkdir(parents=True, exist_ok=True)
    with _locked(CACHE / f"{suite}.lock"):
        if not folder.exists():
            _build(suite, folder)
    return path(suite)


def _folder(suite: str) -> Path:
    recipe = hashlib.sha256(repr((PACKAGES, HOOKS)).encode())
    return CACHE / f"{suite}-{recipe.hexdigest()[:12]}"


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tool.say(f"waiting for another process that builds the {lock.stem} image")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(suite: str, folder: Path) -> None:
    """Build beside the final place and rename: an interrupted build is never taken for an image."""
    began = time.monotonic()
    draft = folder.with_name(f"{folder.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    (draft / "root").mkdir(parents=True)
    tool.say(
        f"building the {suite} image ({len(PACKAGES)} packages and what they need), once, a minute or two"
    )
    command = [*DIES_WITH_US, "mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    command += ['--aptopt=Acquire::Retries "5"', *(f"--customize-hook={hook}" for hook in HOOKS)]
    command += [suite, str(draft / "root"), *_sources(suite)]
    if shutil.which("mmdebstrap") is None:
        raise tool.missing("mmdebstrap")
    with (
        (draft / "build.log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            if line.startswith("I: ") and "-hook" not in line:
                tool.say(f"{suite}: {line[3:].strip()} ({time.monotonic() - began:.0f} s)")
    if process.returncode:
        kept = folder.with_name(f"{folder.name}.failed.log")
        (draft / "build.log").replace(kept)
        tail = "\n".join(kept.read_text().splitlines()[-15:])
        shutil.rmtree(draft)
        raise refuse(f"{suite} image", f"mmdebstrap failed:\n{tail}", f"the whole log is {kept}")
    listing = tool.run(
        "dpkg-query",
        f"--admindir={draft / 'root/var/lib/dpkg'}",
        "--show",
        "--showformat=${Package}\\t${Version}\\t${Architecture}\\n",
    )
    (draft / "packages.tsv").write_text(listing)
    os.rename(draft, folder)  # noqa: PTH104 - one atomic step
    tool.say(f"the {suite} image is ready after {time.monotonic() - began:.0f} s")


def _sources(suite: str) -> list[str]:
    """Return apt source lines of this machine's own mirrors; without any, mmdebstrap takes its defaults."""
    try:
        return mirrors(suite)
    except Refused:
        return []
