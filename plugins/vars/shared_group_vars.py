from __future__ import annotations

DOCUMENTATION = r"""
name: shared_group_vars
short_description: Load what all provinces share
description:
  - Loads C(group_vars/) that lies beside C(ansible.cfg) as if it lay beside each inventory source.
  - An inventory's own C(group_vars/) overrides it, group by group.
options:
  stage:
    ini: [{key: stage, section: vars_shared_group_vars}]
extends_documentation_fragment: [vars_plugin_staging]
"""

from pathlib import Path
from typing import Any

from ansible import constants
from ansible.inventory.group import Group
from ansible.plugins.vars.host_group_vars import VarsModule as HostGroupVars


class VarsModule(HostGroupVars):
    REQUIRES_ENABLED = True

    def get_vars(self, loader: Any, path: str, entities: Any, cache: bool = True) -> dict[str, Any]:
        # Ansible also asks for the playbook's folder: loaded there, they would beat the province's.
        if constants.CONFIG_FILE is None or Path(path).resolve() == Path(loader.get_basedir()).resolve():
            return {}
        entities = entities if isinstance(entities, list) else [entities]
        groups = [entity for entity in entities if isinstance(entity, Group)]
        shared: dict[str, Any] = super().get_vars(
            loader, str(Path(constants.CONFIG_FILE).parent), groups, cache
        )
        return shared
