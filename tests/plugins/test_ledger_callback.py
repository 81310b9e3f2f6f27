from __future__ import annotations

from pathlib import Path

from ansible_project import Project, lines

TRY = [
    {
        "name": "Try",
        "hosts": "990101,990102",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Make files",
                "ansible.builtin.copy": {
                    "dest": "{{ inventory_dir }}/../../{{ inventory_hostname }}-{{ item }}",
                    "content": "x",
                },
                "loop": ["a", "b"],
                "notify": "Say so",
            },
            {"name": "Leave out", "ansible.builtin.debug": {"msg": "x"}, "when": False},
            {
                "name": "Break",
                "ansible.builtin.fail": {"msg": "x"},
                "when": "inventory_hostname == '990102'",
                "ignore_errors": True,
            },
            {
                "name": "Lose",
                "ansible.builtin.ping": {},
                "vars": {"ansible_connection": "ssh", "ansible_port": 1, "ansible_host": "127.0.0.1"},
                "when": "inventory_hostname == '990102'",
            },
        ],
        "handlers": [{"name": "Say so", "ansible.builtin.debug": {"msg": "x"}, "changed_when": True}],
    }
]


def outcomes(path: Path, host: str) -> list[tuple[str, str]]:
    return [(entry["name"], entry["outcome"]) for entry in lines(path) if entry["host"] == host]


def test_every_result_has_a_line_and_every_run_a_file(project: Project) -> None:
    folder = project.root / "ledger"
    playbook = project.write("playbooks/try.yml", TRY)
    for option in (["--check"], [], []):
        project.play(playbook, *option, code=4, SHULU_LEDGER=str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        "try-rehearsal.jsonl",
        "try-run.1.jsonl",
        "try-run.jsonl",
    ]
    rehearsal, first, second = (folder / f"try-{name}.jsonl" for name in ("rehearsal", "run", "run.1"))
    steps = [
        ("Make files", "changed"),
        ("Leave out", "skipped"),
        ("Break", "skipped"),
        ("Lose", "skipped"),
        ("Say so", "changed"),
    ]
    assert outcomes(rehearsal, "990101") == outcomes(first, "990101") == steps
    assert outcomes(second, "990101") == [("Make files", "ok"), *steps[1:4]]
    assert outcomes(first, "990102")[2:] == [("Break", "failed"), ("Lose", "unreachable")]


def test_a_loop_is_one_line_with_its_rounds(project: Project) -> None:
    (project.root / "990101-a").write_text("x")
    project.play(project.write("playbooks/try.yml", TRY), code=4, SHULU_LEDGER=str(project.root / "ledger"))
    entries = {(e["host"], e["name"]): e for e in lines(project.root / "ledger/try-run.jsonl")}
    entry = entries["990101", "Make files"]
    assert entry["items"] == ["ok", "changed"]
    assert entry["outcome"] == "changed"
    assert entry["task"].startswith("playbooks/try.yml:")
    assert "items" not in entries["990101", "Say so"]


def test_without_a_folder_nothing_is_written(project: Project) -> None:
    before = {path for path in project.root.rglob("*") if ".ansible" not in path.parts}
    project.play(project.write("playbooks/try.yml", TRY), "--check", code=4)
    after = {path for path in project.root.rglob("*") if ".ansible" not in path.parts}
    assert {path.name for path in after - before} <= {"playbooks", "try.yml"}
