from __future__ import annotations

from tests.support.stub_fixtures import behavior as behavior, log as log, stubbed as stubbed
