from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.modules.unit import RUNNING, UnitError, UnitState, plan

MISSING = UnitState(installed=False, enabled="not-found")
ASLEEP = UnitState(installed=True, enabled="disabled")
AWAKE = UnitState(installed=True, active="active", enabled="enabled")

STATES = st.sampled_from(["started", "stopped", "restarted", "reloaded", "none"])
UNITS = st.builds(
    UnitState,
    installed=st.just(True),
    active=st.sampled_from(["active", "inactive", "failed", "activating", "reloading", "deactivating"]),
    enabled=st.sampled_from(["enabled", "disabled", "static", "generated", "indirect", "enabled-runtime"]),
    stale=st.booleans(),
)


def test_rehearsal_foretells_a_unit_that_is_not_installed_yet() -> None:
    assert plan("started", True, MISSING, rehearsal=True) == plan("started", True, ASLEEP, rehearsal=False)


def test_run_refuses_a_missing_unit() -> None:
    with pytest.raises(UnitError, match="not installed"):
        plan("started", True, MISSING, rehearsal=False)


@pytest.mark.parametrize("rehearsal", [True, False])
def test_masked_unit_is_refused_in_both(rehearsal: bool) -> None:
    with pytest.raises(UnitError, match="masked"):
        plan("started", None, UnitState(installed=True, enabled="masked"), rehearsal)


@pytest.mark.parametrize("rehearsal", [True, False])
def test_nothing_to_stop_where_nothing_is_installed(rehearsal: bool) -> None:
    assert plan("stopped", False, MISSING, rehearsal) == []


def test_restart_always_acts() -> None:
    assert plan("restarted", None, AWAKE, rehearsal=False) == ["restart"]
    assert plan("reloaded", None, AWAKE, rehearsal=False) == ["reload-or-restart"]


@given(STATES, st.sampled_from([True, False, None]), UNITS)
def test_rehearsal_and_run_plan_the_same_for_an_installed_unit(
    state: str, enabled: bool | None, now: UnitState
) -> None:
    assert plan(state, enabled, now, rehearsal=True) == plan(state, enabled, now, rehearsal=False)


@given(st.sampled_from(["started", "stopped", "none"]), st.sampled_from([True, False, None]), UNITS)
def test_second_run_plans_nothing(state: str, enabled: bool | None, now: UnitState) -> None:
    verbs = plan(state, enabled, now, rehearsal=False)
    after = UnitState(
        installed=True,
        active="active" if "start" in verbs else "inactive" if "stop" in verbs else now.active,
        enabled="enabled" if "enable" in verbs else "disabled" if "disable" in verbs else now.enabled,
    )
    assert plan(state, enabled, after, rehearsal=False) == []
    assert state != "started" or after.active in RUNNING
