"""Ansible module ``kit_packages``: Debian packages from the kit, planned before anything is installed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kit_packages
short_description: Install Debian packages from the kit
description:
  - Brings packages to the version that the kit has. A package that is newer on the host is left alone.
  - shulu's own package carries a digest of its code as version; it is brought to exactly that one.
  - No service is started by the installation; a task that configured it starts it.
  - A file on the host records what each purpose asked for. So a task reports a change when its list is new,
    even where another task has installed the same packages just before it; a rehearsal, in which nothing was
    installed, foretells exactly that.
options:
  name:
    description: Names of packages. Each must be in the kit's list.
    type: list
    elements: str
    required: true
  versions:
    description:
      - The versions of the kit, by suite and name.
      - The action plugin reads them from C(kit.json) in the controller's C(kit_folder).
    type: dict
  purpose:
    description: What the packages are for. The action plugin names the role and the task.
    type: str
    default: ""
  record:
    description: The file that records what was asked for.
    type: path
    default: /var/lib/shulu-kit/asked.json
attributes:
  check_mode: {support: full, description: Reports exactly what the run would do., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Install what the portal needs
  kit_packages:
    name: [nginx-light, gunicorn, python3-flask]
"""

RETURN = r"""
install:
  description: The packages with their versions that are installed, upgraded or replaced.
  type: dict
  returned: always
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = """#!/bin/sh
# Written by shulu for the time of an installation: no service starts before it is configured.
exit 101
"""
RELEASE = Path("/etc/os-release")


class PackageError(Exception):
    """Packages that cannot be installed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to install, and what the record will say of this list."""

    install: dict[str, str]
    asked: dict[str, str]
    recorded: bool

    @property
    def changed(self) -> bool:
        """Tell whether anything is to be done."""
        return bool(self.install) or not self.recorded


def codename(text: str) -> str:
    """Return the suite that os-release(5) names.

    Raises PackageError where it names none.
    """
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    suite = fields.get("VERSION_CODENAME", "").strip('"')
    if not suite:
        raise PackageError("this host's /etc/os-release names no suite; the kit is for Debian")
    return suite


def chosen(names: list[str], versions: dict[str, dict[str, str]], suite: str) -> dict[str, str]:
    """Return the kit's version of each name.

    Raises PackageError with all names that the kit has not.
    """
    if suite not in versions:
        raise PackageError(
            f"the kit has no packages for {suite}; build it for that suite: shulu kit build --suites {suite}"
        )
    missing = sorted(set(names) - set(versions[suite]))
    if missing:
        raise PackageError(
            f"the kit for {suite} lacks {', '.join(missing)}; add them to kit-packages.txt and build it again"
        )
    return {name: versions[suite][name] for name in sorted(names)}


def plan(asked: dict[str, str], installed: dict[str, str], before: dict[str, str] | None) -> Plan:
    """Compare what is asked for with what is installed and with what this purpose asked for last time."""
    install = {name: version for name, version in asked.items() if not settled(installed.get(name), version)}
    return Plan(install, asked, before == asked)


def settled(installed: str | None, version: str) -> bool:
    """Tell whether an installed version will do: equal, or newer where versions have an order."""
    if installed is None or installed == version:
        return installed is not None
    if "+g" in version:
        return False
    command = ["dpkg", "--compare-versions", installed, "gt", version]
    return subprocess.run(command, check=False).returncode == 0


def look(names: list[str]) -> dict[str, str]:
    """Return the versions of those packages that are whole on this host (dpkg-query(1))."""
    command = [
        "dpkg-query",
        "--show",
        "--showformat=${Package}\\t${Version}\\t${db:Status-Status}\\n",
        *names,
    ]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = (line.split("\t") for line in listing.splitlines())
    return {name: version for name, version, status in rows if status == "installed"}


def read_record(path: Path) -> dict[str, dict[str, str]]:
    """Return what was asked for so far; nothing where the record is missing or torn."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_record(path: Path, purpose: str, asked: dict[str, str]) -> None:
    """Record what a purpose asked for; one step, so that no reader sees half of it."""
    content = read_record(path) | {purpose: asked}
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    draft.chmod(0o644)
    draft.replace(path)


@contextmanager
def no_starts(policy: Path = POLICY) -> Iterator[None]:
    """Forbid packages to start services (policy-rc.d, invoke-rc.d(8)); an admin's own policy comes back."""
    kept = policy.with_name(f"{policy.name}.kept")
    if policy.exists() and policy.read_text() != POLICY_TEXT:
        policy.replace(kept)
    policy.write_text(POLICY_TEXT)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
        if kept.exists():
            kept.replace(policy)


def install(packages: dict[str, str]) -> None:
    """Install these versions with all they need, from the kit, without a question.

    Raises PackageError with apt's own words.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    mend = ["dpkg", "--configure", "--pending", "--force-confdef", "--force-confold"]
    command = ["apt-get", "--quiet", "--yes", "--no-install-recommends", "--allow-downgrades"]
    command += ["--option=Dpkg::Options::=--force-confdef", "--option=Dpkg::Options::=--force-confold"]
    command += ["--option=DPkg::Lock::Timeout=120", "install"]
    command += [f"{name}={version}" for name, version in packages.items()]
    with no_starts():
        subprocess.run(mend, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise PackageError(f"apt-get install failed: {done.stderr.strip()}\n{done.stdout[-2000:]}")


def main() -> None:
    """Read the options, plan, and act unless this is a rehearsal."""
    spec: dict[str, Any] = {
        "name": {"type": "list", "elements": "str", "required": True},
        "versions": {"type": "dict"},
        "purpose": {"type": "str", "default": ""},
        "record": {"type": "path", "default": "/var/lib/shulu-kit/asked.json"},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    names, record, purpose = module.params["name"], Path(module.params["record"]), module.params["purpose"]
    try:
        asked = chosen(names, module.params["versions"] or {}, codename(RELEASE.read_text()))
        todo = plan(asked, look(names) if names else {}, read_record(record).get(purpose))
        if todo.changed and not module.check_mode:
            if todo.install:
                install(todo.install)
            write_record(record, purpose, todo.asked)
    except PackageError as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(changed=todo.changed, install=todo.install)


if __name__ == "__main__":
    main()
