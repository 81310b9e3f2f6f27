"""The kit's parts on a small archive of its own: real apt, real dpkg, no network."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from shulu.content import kit, kit_apt, kit_deb
from shulu.content.kit_apt import Package, Resolver, Wanted
from shulu.findings import Refused


def make_deb(folder: Path, name: str, version: str, depends: str = "") -> Package:
    root = folder / f"{name}.tree"
    (root / "DEBIAN").mkdir(parents=True)
    lines = [f"Package: {name}", f"Version: {version}", "Architecture: all", "Maintainer: x <x@localhost>"]
    lines += [f"Depends: {depends}"] if depends else []
    (root / "DEBIAN/control").write_text("\n".join([*lines, "Description: x"]) + "\n")
    package = Package(name, version, "all", folder / f"{name}.deb")
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, package.path],
        check=True,
        capture_output=True,
    )
    return package


@pytest.fixture
def packages(tmp_path: Path) -> list[Package]:
    return [make_deb(tmp_path, "dig", "1:2.0-1", depends="spade"), make_deb(tmp_path, "spade", "1.0")]


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


def test_apt_fetches_the_closure_from_an_archive_of_ours(tmp_path: Path, packages: list[Package]) -> None:
    kit.archive(tmp_path / "suite.tar", packages)
    flat = unpacked(tmp_path / "suite.tar", tmp_path / "flat")
    resolver = Resolver("suite", "amd64", tmp_path / "cache", [f"deb [trusted=yes] file:{flat} ./"])
    assert resolver.update()
    assert not resolver.update()
    found = resolver.fetch(["dig"])
    assert [(package.name, package.version) for package in found] == [("dig", "1:2.0-1"), ("spade", "1.0")]
    assert resolver.fetch(["dig"]) == found
    assert [package.name for package in resolver.fetch(["spade"])] == ["spade"]


def test_what_apt_cannot_find_is_refused(tmp_path: Path, packages: list[Package]) -> None:
    kit.archive(tmp_path / "suite.tar", packages)
    flat = unpacked(tmp_path / "suite.tar", tmp_path / "flat")
    resolver = Resolver("suite", "amd64", tmp_path / "cache", [f"deb [trusted=yes] file:{flat} ./"])
    resolver.update()
    with pytest.raises(Refused, match="rake"):
        resolver.fetch(["rake"])


def test_archive_is_the_same_bytes_in_any_order(tmp_path: Path, packages: list[Package]) -> None:
    one = kit.archive(tmp_path / "one.tar", packages)
    other = kit.archive(tmp_path / "other.tar", packages[::-1])
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "other.tar").read_bytes()
    assert one["index"] == other["index"]
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "one.tar").read_bytes())) as opened:
        assert opened.getnames() == ["Packages", "dig_2.0-1_all.deb", "spade_1.0_all.deb"]
        assert {(member.mtime, member.uid, member.mode) for member in opened} == {(0, 0, 0o644)}


def test_old_packages_are_refused(packages: list[Package]) -> None:
    kit_apt.check_versions("suite", packages, [Wanted("dig", "1:2.0"), Wanted("spade")])
    with pytest.raises(Refused) as refused:
        kit_apt.check_versions(
            "suite", packages, [Wanted("dig", "1:3"), Wanted("spade", "2"), Wanted("rake", "1")]
        )
    assert len(refused.value.findings) == 3


def test_list_of_packages_names_what_servers_need() -> None:
    wishes = {wish.name: wish.at_least for wish in kit_apt.wanted()}
    assert wishes["rsync"] == "3.5.0"
    assert {"nginx-light", "gunicorn", "python3-flask", "python3-jsonschema", "chrony", "nftables"} <= set(
        wishes
    )


def test_list_of_packages_takes_comments() -> None:
    assert kit_apt.wanted("# all\na >= 1 # why\n\nb\n") == [Wanted("a", "1"), Wanted("b")]


def test_own_package_has_the_same_bytes_and_another_version_for_other_code(tmp_path: Path) -> None:
    code = tmp_path / "code"
    (code / "room/__pycache__").mkdir(parents=True)
    (code / "room/a.py").write_text("A = 1\n")
    (code / "room/__pycache__/a.pyc").write_text("not code")
    first = kit_deb.build(tmp_path / "one", code)
    (code / "room/a.py").touch()
    assert kit_deb.build(tmp_path / "two", code).path.read_bytes() == first.path.read_bytes()
    (code / "room/a.py").write_text("A = 2\n")
    second = kit_deb.build(tmp_path / "one", code)
    assert second.version != first.version
    assert [path.name for path in (tmp_path / "one").iterdir()] == [second.path.name]


def test_own_package_runs_from_where_debian_puts_it(tmp_path: Path) -> None:
    package = kit_deb.build(tmp_path / "out")
    subprocess.run(["dpkg-deb", "--extract", package.path, tmp_path / "root"], check=True)
    listing = subprocess.run(
        ["dpkg-deb", "--contents", package.path], check=True, capture_output=True, text=True
    )
    assert {line.split()[1] for line in listing.stdout.splitlines()} == {"root/root"}
    assert "__pycache__" not in listing.stdout
    room = tmp_path / "root/usr/lib/python3/dist-packages"
    assert (room / "shulu/content/kit-packages.txt").is_file()
    done = subprocess.run(
        ["/usr/bin/python3", "-c", (tmp_path / "root/usr/bin/shulu").read_text(), "--version"],
        env={"PYTHONPATH": str(room)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("shulu ")


def test_kit_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"shulu kit build"):
        kit.read(tmp_path)
    (tmp_path / "kit.json").write_text('{"format": 2}')
    with pytest.raises(Refused, match="format"):
        kit.read(tmp_path)
