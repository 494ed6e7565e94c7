"""A workspace that runs by itself, on each database."""

from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.daemon.conftest import world  # noqa: F401 - a fixture
from tests.scenarios.conftest import _migrated  # noqa: F401 - a fixture
