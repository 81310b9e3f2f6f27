from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_project import Project

# From the weakest to the strongest. level_3 is set in the files 0 to 3, so that file 3 must win.
LEVELS = [
    "group_vars/all/defaults.yml",
    "inventory/p/group_vars/all/province.yml",
    "group_vars/tier_county.yml",
    "inventory/p/group_vars/tier_county.yml",
    "inventory/p/host_vars/990101.yml",
]
SHOW = [
    {
        "name": "Show",
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Write what is in force",
                "ansible.builtin.copy": {
                    "dest": "{{ inventory_dir }}/../../{{ inventory_hostname }}.json",
                    "content": "{{ ["
                    + ", ".join(f"level_{number} | default('')" for number in range(5))
                    + "] | to_json }}",
                },
            }
        ],
    }
]


def fill(project: Project) -> None:
    for number, level in enumerate(LEVELS):
        project.write(level, {f"level_{place}": level for place in range(number, 5)})


def test_shared_is_weaker_than_the_province_group_by_group(project: Project) -> None:
    fill(project)
    project.play(project.write("playbooks/show.yml", SHOW))
    assert read(project.root / "990101.json") == LEVELS
    assert read(project.root / "990102.json") == [*LEVELS[:4], LEVELS[3]]
    assert read(project.root / "990000.json") == [LEVELS[0], *[LEVELS[1]] * 4]


def test_a_look_at_the_inventory_shows_what_a_playbook_uses(project: Project) -> None:
    fill(project)
    told = json.loads(project.run("ansible-inventory", "-i", "inventory/p", "--host", "990101"))
    assert [told[f"level_{number}"] for number in range(5)] == LEVELS


def test_an_imported_playbook_and_one_at_the_root_see_the_same(project: Project) -> None:
    fill(project)
    project.write("playbooks/show.yml", SHOW)
    project.play(project.write("site.yml", [{"import_playbook": "playbooks/show.yml"}]))
    assert read(project.root / "990101.json") == LEVELS
    project.play(project.write("show.yml", SHOW))
    assert read(project.root / "990101.json") == LEVELS


def test_no_play_touches_a_library_that_is_not_enrolled(project: Project) -> None:
    project.play(project.write("playbooks/show.yml", SHOW))
    assert sorted(path.stem for path in project.root.glob("*.json")) == ["990000", "990101", "990102"]


def read(path: Path) -> Any:
    return json.loads(path.read_text())
