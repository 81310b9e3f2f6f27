"""Becoming the store's owner: an admin's ``sudo shulu ...`` must leave no file of root's in it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def become_owner(folder: Path) -> None:
    """Let this process go on as the user that owns ``folder``, where it runs as root and that is another.

    Of a folder that is not there yet, the owner is that of the next one above it.
    """
    owner = next(place for place in (folder, *folder.parents) if place.exists()).stat().st_uid
    if os.geteuid() != 0 or owner == 0:
        return
    user = pwd.getpwuid(owner)
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(owner)
    os.environ["HOME"] = user.pw_dir
