"""What a container's probes and Prometheus ask: `/healthz`, `/readyz`, `/metrics`. No log-in, and no value of a record.

The application registers `operating(open_world)`, which is asked for the workspace at each request.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from domain.errors import SyncError
from syncd.operation.doctor import State, readiness
from syncd.operation.metrics import CONTENT_TYPE, metrics
from syncd.world import World

_OFF = 503


def operating(opened: Callable[[], World]) -> Blueprint:
    """Give the three routes of a workspace; `opened` may raise `SyncError` where it cannot be had now."""
    routes = Blueprint("operating", __name__)

    @routes.get("/healthz")
    def health() -> Response:
        """Say that the process lives: restart it where it does not."""
        return Response("ok\n", mimetype="text/plain")

    @routes.get("/readyz")
    def ready() -> tuple[Response, int]:
        """Say whether requests can be answered: send none where they cannot."""
        try:
            found = readiness(opened())
        except SyncError as error:
            return jsonify(ready=False, checks=[{"check": "workspace", "state": "wrong", "what": error.code}]), _OFF
        is_ready = all(one.state is not State.WRONG for one in found)
        checks = [{"check": one.check, "state": one.state.value, "what": one.what} for one in found]
        return jsonify(ready=is_ready, checks=checks), 200 if is_ready else _OFF

    @routes.get("/metrics")
    def told() -> tuple[Response, int]:
        """Tell Prometheus what there is, as it is now."""
        try:
            return Response(metrics(opened()), content_type=CONTENT_TYPE), 200
        except SyncError as error:
            return Response(f"# {error.code}\n", mimetype="text/plain"), _OFF

    return routes
