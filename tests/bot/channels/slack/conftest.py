"""The firm that most tests of the Slack channel talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions.settings import Settings
from tests import slack_api
from tests.slack_firm import Firm, opened


@pytest.fixture(scope="session")
def office(trained: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with personal data in threads, where one channel is allowed."""
    folder = tmp_path_factory.mktemp("slack")
    with opened(trained, folder, personal_data=True, channels=[slack_api.CHANNEL]) as firm:
        yield firm
