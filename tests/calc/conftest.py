"""One engine for all plans."""

import pytest

from engine.session import open_session


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    with open_session(tmp_path_factory.mktemp("pay"), keeps_order=False) as opened:
        yield opened
