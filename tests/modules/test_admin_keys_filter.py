from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from plugins.filter.admin_keys import admin_keys
from shulu.findings import Refused


def public_key(folder: Path, kind: str) -> str:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "wang", "-f", str(folder / kind)]
    subprocess.run(command, check=True)
    return (folder / f"{kind}.pub").read_text()


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_real_keys_pass(tmp_path: Path, kind: str) -> None:
    key = public_key(tmp_path, kind)
    assert admin_keys([{"name": "wang", "keys": [key]}], "/keys") == [
        {"path": "/keys/wang", "content": key, "mode": "0644"}
    ]


def test_what_is_no_key_or_no_name_is_refused_at_once(tmp_path: Path) -> None:
    key = public_key(tmp_path, "ed25519").strip()
    torn, options = key[:30], f'command="sh" {key}'
    admins = [
        {"name": "../root", "keys": [key]},
        {"name": "root", "keys": []},
        {"name": "li", "keys": [torn, options, f"{key}\n{key}"]},
    ]
    with pytest.raises(Refused) as refused:
        admin_keys(admins, "/keys")
    assert len(refused.value.findings) == 5
