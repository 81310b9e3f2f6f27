from __future__ import annotations

from pathlib import Path

from ansible_project import ROOT, Project

PLAYBOOK = ROOT / "playbooks/enrol.yml"


def test_the_rehearsal_shows_the_run_writes_and_the_second_run_changes_nothing(project: Project) -> None:
    sheet = project.root / "sheet.csv"
    sheet.write_text("馆代码,虚拟网地址\n990103,10.99.1.3\n")
    registry = project.root / "inventory/p/libraries.csv"
    before = registry.read_text()
    rehearsal = project.play(PLAYBOOK, "-e", "enrol_sheet=sheet.csv", "--check")
    assert registry.read_text() == before
    run = project.play(PLAYBOOK, "-e", "enrol_sheet=sheet.csv")
    assert registry.read_text() == before.replace("county,,", "county,10.99.1.3,")
    for told in (rehearsal, run):
        assert "10.99.1.3" in told
        assert "changed=1" in told
    again = project.play(PLAYBOOK, "-e", f"enrol_sheet={sheet}")
    assert "unchanged" in again
    assert "changed=0" in again
    # What applicants sent in lies in the inventory's folder and is none of Ansible's business.
    applications = project.root / "inventory/p/applications"
    applications.mkdir()
    (applications / "990103-001.yml").write_text("---\nnumber: 990103-001\n")
    listed = project.run("ansible-inventory", "-i", "inventory/p", "--graph")
    assert "990103" in listed
    assert "number" not in listed


def test_nonsense_fails_the_rehearsal_with_every_finding_and_no_traceback(
    project: Project, tmp_path: Path
) -> None:
    sheet = project.root / "sheet.csv"
    sheet.write_text("馆代码,虚拟网地址,级别\n990103,10.98.1.3,\n990104,,洲\n")
    told = project.play(PLAYBOOK, "-e", "enrol_sheet=sheet.csv", "--check", code=2)
    assert "sheet.csv:2, address/虚拟网地址: 10.98.1.3 is outside the VPN" in told
    assert "sheet.csv:3, tier/级别" in told
    assert "Traceback" not in told
    assert "name the sheet" in project.play(PLAYBOOK, code=2)


def test_a_sheet_with_many_faults_shows_them_all_at_once(project: Project) -> None:
    sheet = project.root / "sheet.csv"
    rows = [f"9901{number:02},10.98.1.{number + 1}" for number in range(4, 84)]
    sheet.write_text("\n".join(["馆代码,虚拟网地址", *rows]) + "\n")
    told = project.play(PLAYBOOK, "-e", "enrol_sheet=sheet.csv", "--check", code=2)
    for line in range(2, 82):
        assert f"sheet.csv:{line}, address/虚拟网地址: " in told
        assert f"sheet.csv:{line}, name/馆名: is empty" in told
    assert "Traceback" not in told
