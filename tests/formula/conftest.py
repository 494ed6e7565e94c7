"""One engine for what both evaluators must say alike."""

import pytest

from engine.session import open_session


@pytest.fixture(scope="session")
def session(tmp_path_factory):
    with open_session(tmp_path_factory.mktemp("engine")) as opened:
        yield opened
