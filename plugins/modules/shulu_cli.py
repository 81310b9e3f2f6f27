"""Documentation of the action ``shulu_cli``, which runs a command of shulu on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: shulu_cli
short_description: Run a command of shulu on the controller and show how far it is
description:
  - For work that belongs to the controller, such as packing and signing; runs wherever the play's host is.
  - Prints the command's progress, a line every few seconds.
  - Reports a change unless every line that the command prints ends with C(unchanged).
  - A rehearsal reports a change when O(creates) is not there yet, or O(foretell) says so; otherwise it
    asks the command where O(plan) says that this can tell.
options:
  arguments:
    description: The command and its arguments.
    type: list
    elements: str
    required: true
  creates:
    description: A path that the command makes; a rehearsal foretells a change when it is not there.
    type: path
  foretell:
    description: What a rehearsal is to report where O(creates) is there already.
    type: bool
    default: false
  plan:
    description: Whether the command knows C(--plan), which tells what it would do and touches nothing.
    type: bool
    default: false
attributes:
  check_mode: {support: full, description: Runs nothing but a plan., details: ""}
author: [shulu]
"""

EXAMPLES = r"""
- name: Make the key that signs releases
  shulu_cli:
    arguments: [keys, new, release-1, --folder, /work/keys]
    creates: /work/keys/allowed_signers
"""

RETURN = r"""
stdout_lines:
  description: What the command printed.
  type: list
  elements: str
  returned: in a real run
"""
