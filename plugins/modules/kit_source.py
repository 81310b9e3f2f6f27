"""Ansible module ``kit_source``: the kit's packages on a host, as the only source of its apt."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kit_source
short_description: Make the kit the only source of apt
description:
  - Unpacks a kit's archive into a folder of the host and makes that folder the only source of apt.
  - Other sources are set aside, as files that end in C(.disabled), which apt leaves alone.
  - Plans first and then acts. The plan needs no archive, so that a rehearsal works before it is there.
options:
  archive:
    description: The kit's archive on the host, for its suite.
    type: path
    required: true
  repository:
    description: Folder for the unpacked packages.
    type: path
    required: true
  architecture:
    description: Architecture that the kit was built for.
    type: str
    required: true
  index:
    description: The sha256 of the repository's index, from the controller's C(kit.json).
    type: str
    required: true
  packages:
    description: What the archive holds, from the controller's C(kit.json), C(file) and C(sha256) by name.
    type: dict
    required: true
  apt:
    description: The folder of apt's configuration.
    type: path
    default: /etc/apt
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Install from the kit alone
  kit_source:
    archive: /var/lib/shulu-kit/bookworm.tar
    repository: /var/lib/shulu-kit/repository
    architecture: "{{ kit.architecture }}"
    index: "{{ kit.suites.bookworm.index }}"
    packages: "{{ kit.suites.bookworm.packages }}"
"""

RETURN = r"""
unpack:
  description: The files to unpack, because they are missing or differ.
  type: list
  elements: str
  returned: always
remove:
  description: The files of an older kit that go.
  type: list
  elements: str
  returned: always
set_aside:
  description: The other sources of apt that are disabled.
  type: list
  elements: str
  returned: always
"""

import hashlib
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

INDEX = "Packages"
SOURCE = "shulu-kit.sources"


class KitError(Exception):
    """A kit that cannot be used on this host."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What must be done; every list is sorted."""

    unpack: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    source: bool = False
    update: bool = False

    @property
    def changed(self) -> bool:
        """Tell whether anything is to be done."""
        return bool(self.unpack or self.remove or self.set_aside or self.source or self.update)


def source_text(repository: Path) -> str:
    """Return the source of apt, in the form of deb822 (sources.list(5)).

    Each package's digest came from the controller, which stands in for the signature of a repository.
    """
    lines = ["# Written by shulu: a library installs from its kit.", "Types: deb", f"URIs: file:{repository}"]
    return "\n".join([*lines, "Suites: ./", "Trusted: yes", "Languages: none"]) + "\n"


def digest(path: Path) -> str:
    """Return a file's sha256 in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def stamp_of(repository: Path) -> Path:
    """Return the file that says for which index apt was last updated."""
    return repository.with_name(f"{repository.name}.updated")


def plan(repository: Path, wanted: dict[str, str], apt: Path) -> Plan:
    """Compare the host with what is wanted (file name: sha256)."""
    present = {path.name: path for path in repository.iterdir()} if repository.is_dir() else {}
    unpack = [name for name, known in wanted.items() if name not in present or digest(present[name]) != known]
    parts = apt / "sources.list.d"
    others = [
        path for path in parts.glob("*") if path.suffix in {".list", ".sources"} and path.name != SOURCE
    ]
    own = parts / SOURCE
    stamp = stamp_of(repository)
    return Plan(
        unpack=sorted(unpack),
        remove=sorted(set(present) - set(wanted)),
        set_aside=sorted(str(path) for path in [apt / "sources.list", *others] if path.is_file()),
        source=not own.is_file() or own.read_text() != source_text(repository),
        update=not stamp.is_file() or stamp.read_text() != wanted[INDEX],
    )


def unpack(archive: Path, repository: Path, names: list[str], wanted: dict[str, str]) -> None:
    """Write the named members of the archive, each under its name only once its digest holds.

    Raises KitError for a member that is missing, unknown or differs.
    """
    try:
        with tarfile.open(archive) as opened:
            members = {member.name: member for member in opened if member.isreg()}
            if set(members) != set(wanted):
                raise KitError(
                    f"{archive} does not hold what kit.json lists; build the kit again and run again"
                )
            for name in names:
                reader = opened.extractfile(members[name])
                content = reader.read() if reader else b""
                if hashlib.sha256(content).hexdigest() != wanted[name]:
                    raise KitError(f"{name} in {archive} differs from what kit.json says; copy the kit again")
                draft = repository / f".{name}.draft"
                draft.write_bytes(content)
                draft.chmod(0o644)
                draft.replace(repository / name)
    except (OSError, tarfile.TarError) as error:
        raise KitError(f"{archive} cannot be unpacked: {error}") from error


def act(todo: Plan, archive: Path, repository: Path, wanted: dict[str, str], apt: Path) -> None:
    """Do what is planned. A run that was broken off is finished by the next one.

    Raises KitError where the archive is bad or apt refuses it.
    """
    stamp = stamp_of(repository)
    stamp.unlink(missing_ok=True)
    repository.mkdir(mode=0o755, parents=True, exist_ok=True)
    unpack(archive, repository, todo.unpack, wanted)
    for name in todo.remove:
        (repository / name).unlink()
    own = apt / "sources.list.d" / SOURCE
    own.parent.mkdir(mode=0o755, exist_ok=True)
    own.write_text(source_text(repository))
    own.chmod(0o644)
    for name in todo.set_aside:
        Path(name).rename(f"{name}.disabled")
    command = ["apt-get", "--quiet", "--error-on=any", f"--option=Dir::Etc={apt}", "update"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise KitError(f"apt-get update failed: {done.stderr.strip()}")
    stamp.write_text(wanted[INDEX])


def architecture() -> str:
    """Return the architecture of this host's packages."""
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    module = AnsibleModule(
        argument_spec={
            "archive": {"type": "path", "required": True},
            "repository": {"type": "path", "required": True},
            "architecture": {"type": "str", "required": True},
            "index": {"type": "str", "required": True},
            "packages": {"type": "dict", "required": True},
            "apt": {"type": "path", "default": "/etc/apt"},
        },
        supports_check_mode=True,
    )
    given = module.params
    archive, repository, apt = (Path(given[name]) for name in ("archive", "repository", "apt"))
    wanted = {entry["file"]: entry["sha256"] for entry in given["packages"].values()} | {
        INDEX: given["index"]
    }
    if architecture() != given["architecture"]:
        module.fail_json(
            msg=f"the kit is for {given['architecture']}, this host is {architecture()};"
            f" build one for it: shulu kit build --architecture {architecture()}"
        )
    todo = plan(repository, wanted, apt)
    try:
        if todo.changed and not module.check_mode:
            act(todo, archive, repository, wanted, apt)
    except KitError as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=todo.changed, unpack=todo.unpack, remove=todo.remove, set_aside=todo.set_aside)


if __name__ == "__main__":
    main()
