"""A sync of a whole file system."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path


def sync_filesystem(folder: Path) -> None:
    """Write out all that the file system of ``folder`` holds back, by one syncfs(2). Raises OSError.

    Python does not offer it, and ctypes does not load where memory must not be both written and executed
    (systemd's MemoryDenyWriteExecute): sync(1) does it.
    """
    done = subprocess.run(["sync", "--file-system", folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(errno.EIO, done.stderr.strip() or "sync failed", str(folder))
