"""The power fails around the switch to a new release."""

from __future__ import annotations

import random
import time

import pytest
from faults_disk import ShippingDisk
from faults_library import Library
from faults_province import Province
from faults_wait import until

MOMENTS = {
    "the import begins": "staging/release.json",
    "the release is built": "releases/.new",
    "the switch is over": "",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_readers_have_the_old_release_or_the_new_one_whole(
    province: Province, far: Library, disk: ShippingDisk, moment: str
) -> None:
    export = province.issue()
    disk.write(export)
    disk.plug()
    host = far.host
    host.ask("systemctl", "start", "--no-block", "shulu-deliver.service")
    sign = host.store / (MOMENTS[moment] or f"releases/{export.name}")
    until(moment, sign.exists, pause=0.001)
    time.sleep(random.uniform(0, 0.15))  # noqa: S311 - no secret
    host.power_off()
    host.power_on()
    until("the portal", lambda: far.reader.sees(far.has) or far.reader.sees(export))
    far.ends_with(export)
