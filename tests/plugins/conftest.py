from __future__ import annotations

from pathlib import Path

import pytest
from ansible_project import ROOT, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def collection(project: Project) -> Path:
    """A collection of one file to pack, in a project with the province's variables."""
    (project.root / "group_vars").symlink_to(ROOT / "group_vars")
    folder = project.root / "work/sources/ebooks"
    (folder / "files").mkdir(parents=True)
    (folder / "files/a.txt").write_text("a")
    (folder / "metadata.csv").write_text("id,title,files\na,A,a.txt\n")
    return folder
