from __future__ import annotations

from pathlib import Path

import ansible.module_utils

# Ansible puts the project's own module_utils there when it packs a module.
ansible.module_utils.__path__.append(str(Path(__file__).parents[2] / "plugins/module_utils"))
