"""Topics that the province lays down: the role's own tasks put them there, the portal shows them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shulu.portal.app import create_app
from shulu.portal.topics import read_topics

ROOT = Path(__file__).parents[2]
TEXT = "题目：{}\n\n写给全省。\n\n- /collections/ebooks\n- /items/nobody-001/nothing\n"


def play(folder: Path, *options: str) -> int:
    """Run the role's tasks on this host, for folders of a test; return how many changed something."""
    book, inventory = folder / "play.yml", folder / "hosts.yml"
    inventory.write_text("all: {hosts: {localhost: {ansible_connection: local}}}\n")
    tasks = str(ROOT / "roles/portal/tasks/topics.yml")
    play_ = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(ROOT / "roles/portal" / part / "main.yml") for part in ("defaults", "vars")],
        "tasks": [{"ansible.builtin.import_tasks": tasks}],
    }
    book.write_text(json.dumps([play_]))
    values = {
        "portal_topics": str(folder / "controller"),
        "__portal_topics": str(folder / "own"),
        "__portal_topics_of_province": str(folder / "of-province"),
        "ansible_python_interpreter": sys.executable,
    }
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "default",
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            inventory,
            book,
            "-e",
            json.dumps(values),
            *options,
        ],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    recap = done.stdout.rpartition("PLAY RECAP")[2]
    return int(re.findall(r"changed=([0-9]+)", recap)[0])


def test_what_the_province_writes_is_laid_down_and_taken_away(tmp_path: Path) -> None:
    given = tmp_path / "controller"
    given.mkdir()
    (given / "jingdian.txt").write_text(TEXT.format("经典{{ 7 * 7 }}"))
    (given / "端午.txt").write_text(TEXT.format("端午"))
    (given / "notes.doc").write_text("x")
    assert play(tmp_path, "--check") == 1
    assert not (tmp_path / "of-province").exists()
    assert play(tmp_path) == 1
    there = tmp_path / "of-province"
    assert sorted(path.name for path in there.iterdir()) == ["jingdian.txt", "端午.txt"]
    assert (there / "jingdian.txt").read_text() == TEXT.format("经典{{ 7 * 7 }}")
    assert (tmp_path / "own").is_dir()
    (tmp_path / "own/mine.txt").write_text(TEXT.format("自己的"))
    assert play(tmp_path) == 0
    (given / "端午.txt").unlink()
    assert play(tmp_path, "--check") == 1
    assert play(tmp_path) == 1
    assert [path.name for path in there.iterdir()] == ["jingdian.txt"]
    assert (tmp_path / "own/mine.txt").exists()


@pytest.fixture
def client(room_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    own, given = tmp_path / "own", tmp_path / "given"
    for folder in (own, given):
        folder.mkdir()
    (own / "duanwu.txt").write_text(TEXT.format("本馆的端午"))
    (given / "duanwu.txt").write_text(TEXT.format("全省的端午"))
    (given / "jingdian.txt").write_text("日期：2020-01-01 至 2099-01-01\n" + TEXT.format("经典晨读"))
    (given / "bad.txt").write_text("没有题目\n")
    monkeypatch.setenv("SHULU_PORTAL_PROVINCE_TOPICS", str(given))
    return create_app(str(room_store), str(own)).test_client()


def test_a_librarian_s_own_topic_stands_before_the_province_s(client: FlaskClient) -> None:
    home = client.get("/").text
    assert "本馆的端午" in home
    assert "经典晨读" in home
    assert "全省的端午" not in home + client.get("/topics").text + client.get("/topics/duanwu").text
    assert "写给全省" in client.get("/topics/jingdian").text


def test_the_librarian_is_told_what_is_whose(client: FlaskClient) -> None:
    text = client.get("/librarian").text
    assert "duanwu.txt:6" in text
    assert "jingdian.txt:7" not in text
    assert "省馆 bad.txt:1" in text
    assert "省馆 · 正在首页" in text
    assert "duanwu.txt · 正在首页" in text


def test_the_demo_s_topics_are_well_written() -> None:
    found = read_topics(ROOT / "inventory/demo/group_vars/all/topics")
    assert [topic.name for topic in found.topics] == ["chendu"]
    assert found.findings == ()
