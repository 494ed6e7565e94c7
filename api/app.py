"""The web application: what is set up for all routes, and which there are. Rules and reads are below, in syncd."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Blueprint, Flask

from api import (
    adjustments,
    configured,
    home,
    jobs,
    log_in,
    matters,
    outbound,
    pay_runs,
    people,
    results,
    review,
    runs,
    sources,
    spec,
    statements,
    units,
    v1,
    v1_configured,
    v1_pay,
    v1_people,
    v1_review,
    v1_sources,
    v1_statements,
    v1_units,
)
from api.asking import Workplace, attend, may
from api.failing import tell_failures
from api.operating import operating
from api.security import guard
from api.wording import word

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.pages,
    log_in.pages,
    review.pages,
    matters.pages,
    runs.pages,
    sources.pages,
    configured.pages,
    people.pages,
    units.pages,
    pay_runs.pages,
    jobs.pages,
    results.pages,
    statements.pages,
    adjustments.pages,
    spec.pages,
    v1.routes,
    jobs.routes,
    v1_people.routes,
    v1_pay.routes,
    v1_statements.routes,
    v1_review.routes,
    v1_sources.routes,
    v1_configured.routes,
    v1_units.routes,
)


def create_app(folder: str = ".", today: str | None = None) -> Flask:
    """Make the application of a workspace; `today` pretends another day. `FixFile` where nobody can log in."""
    workplace = Workplace(Path(folder), date.fromisoformat(today) if today else None)
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(may=may)
    word(app)
    guard(app, workplace.opened.workspace.var, workplace.log_in)
    attend(app, workplace)
    tell_failures(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(operating(workplace.world))
    spec.describe(app)
    outbound.take_messages(app, workplace)
    return app
