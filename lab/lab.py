"""A whole lab: made, found again, taken down."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lab import access, cgroup, disk, forward, host, image, line, netns, network, tool
from lab.faults import Faults
from lab.place import STATE, Place
from lab.spec import Host, Spec
from shulu.findings import Finding, Refused, refuse

BOOT_SECONDS = 120


def create(lab: str, source: Path) -> None:
    """Make a lab, or start what is down of one that is there. Returns once every host's sshd answers."""
    place = Place(lab)
    spec = Spec.load(source)
    for suite in sorted({each.suite for each in spec.hosts}):
        image.ensure(suite)
    with locked(place):
        if place.spec.exists() and Spec.load(place.spec) != spec:
            raise refuse(
                lab,
                f"was made from another description than {source}",
                f"destroy it first: lab destroy {lab}",
            )
        place.folder.mkdir(parents=True, exist_ok=True)
        draft = place.spec.with_suffix(".new")
        shutil.copyfile(source, draft)
        draft.replace(place.spec)
        access.ensure_admin_key(place)
        network.ensure(place, spec)
        faults = Faults.load(place)
        disk.ensure_data_disks(place, spec, faults)
        keys = {each.code: host.ensure_root(place, each) for each in spec.hosts}
        access.write(place, spec, keys)
        power_on(place, spec, faults, spec.hosts)


def power_on(place: Place, spec: Spec, faults: Faults, hosts: Sequence[Host]) -> None:
    """Boot those of the hosts that are down, with their lines and disks as they were; wait for every sshd."""
    down = [each for each in hosts if not host.leader(place, each.code)]
    for each in down:
        tool.say(f"{each.code} boots ({each.suite}, {each.vpn.ip})")
        host.stop(place, spec, each)
        host.start(place, spec, each, disk.devices(place, faults, each.code))
        line.apply(place, spec, faults, each.code)
    _await_ssh(place, faults, hosts)
    for each in down:
        line.apply(place, spec, faults, each.code)


def destroy(lab: str) -> None:
    """Take a lab down, whole or half-made, with all it left on this machine. Nothing there: nothing to do."""
    place = Place(lab)
    if not place.folder.exists() and not place.netns_names() and not cgroup.processes(place):
        return
    with locked(place):
        forward.stop(place)
        cgroup.kill(place)
        cgroup.remove(place)
        for root in place.folder.glob("hosts/*/root"):
            while root.is_mount():
                tool.run("umount", str(root))
        network.remove(place)
        disk.remove(place)
        if place.folder.exists():
            shutil.rmtree(place.folder)
        lock_file(place).unlink(missing_ok=True)


def load(lab: str) -> tuple[Place, Spec, Faults]:
    """Find a lab that was made."""
    place = Place(lab)
    if not place.spec.exists():
        raise refuse(lab, "is no lab here", f"make it: lab create {lab} --spec lab/demo.yml")
    return place, Spec.load(place.spec), Faults.load(place)


@contextmanager
def held(lab: str) -> Iterator[tuple[Place, Spec, Faults]]:
    """Find a lab that was made, and keep others from changing it meanwhile."""
    load(lab)
    with locked(Place(lab)):
        yield load(lab)


def lock_file(place: Place) -> Path:
    """Return the lock that whoever changes the lab holds."""
    return STATE / f".{place.lab}.lock"


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Let one command at a time change a lab."""
    STATE.mkdir(parents=True, exist_ok=True)
    while True:
        with lock_file(place).open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Whoever held it before may have destroyed the lab, and this file with it.
            if not lock_file(place).exists() or not lock_file(place).samefile(f"/dev/fd/{handle.fileno()}"):
                continue
            yield
            return


def _await_ssh(place: Place, faults: Faults, hosts: Sequence[Host]) -> None:
    began = time.monotonic()
    waiting = list(hosts)
    while waiting:
        dead = [each for each in waiting if not cgroup.processes(place, each.code)]
        if dead:
            raise Refused(_silent(place, each, "went down while it booted") for each in dead)
        for each in list(waiting):
            if _answers(_seen_from(place, faults, each), each):
                waiting.remove(each)
        if waiting and time.monotonic() - began > BOOT_SECONDS:
            raise Refused(
                _silent(place, each, f"no answer from sshd after {BOOT_SECONDS} s") for each in waiting
            )
        if waiting:
            time.sleep(0.1)


def _seen_from(place: Place, faults: Faults, each: Host) -> Path:
    """Ask from the controller, and a host whose line is cut from the host itself."""
    if each.code in faults.cut:
        return Path(f"/proc/{host.leader(place, each.code)}/ns/net")
    return place.netns_path()


def _answers(namespace: Path, each: Host) -> bool:
    try:
        with netns.connect(namespace, str(each.vpn.ip), 22, timeout=1) as stream:
            return stream.recv(4) == b"SSH-"
    except OSError:
        return False


def _silent(place: Place, each: Host, problem: str) -> Finding:
    log = place.host(each.code) / "console.log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
    return Finding(each.code, f"{problem}; its console said:\n{tail}", f"see {log}")
