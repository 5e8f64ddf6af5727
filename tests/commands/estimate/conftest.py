from __future__ import annotations

from tests.support.stub_fixtures import (
    behavior as behavior,
    ctrl_c as ctrl_c,
    log as log,
    plan as plan,
    samples as samples,
    stubbed as stubbed,
)
