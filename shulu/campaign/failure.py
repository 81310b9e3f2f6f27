"""What a playbook says where it cannot go on: every finding, a line each, and no cause of a cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ansible.errors import AnsibleActionFail

from shulu.findings import Refused


@contextmanager
def failing_as(what: str) -> Iterator[None]:
    """Let a task fail by ``what`` and every finding, or by the file that could not be used."""
    try:
        yield
    except Refused as refused:
        # Chained, Ansible would say the cause once more, and the cause of the cause.
        raise AnsibleActionFail(f"{what}:\n{refused}") from None
    except OSError as error:
        raise AnsibleActionFail(f"{what}: {error}") from None
