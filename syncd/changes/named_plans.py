"""Plans that a read names and nobody has published: a mistake in typing would pay nothing, and say nothing."""

from __future__ import annotations

from domain.problem import Problem, Severity
from engine.named_plans import NamedPlan, plans_named
from formula.parse import suggestion
from mapping.compile import MappingForm
from store.database import reading
from store.plans import plan_versions
from syncd.configuration.settings import Into
from syncd.feeds.work import Work


def note_unpublished(work: Work, form: MappingForm) -> None:
    """Report each plan that is named and not published, once, at the first row that names it.

    The rows are taken as they are: once the plan is published it pays whoever is on it. Where none is published at all,
    nobody is paid here, and nothing is said.
    """
    with reading(work.world.database) as tx:
        published = tuple(sorted({one.plan for one in plan_versions(tx)}))
    if not published:
        return
    of_memberships = work.feed.into is Into.MEMBERSHIPS
    for named in plans_named(work.session, of_memberships=of_memberships, but=published):
        work.report.problems.append(_unpublished(named, published, form))


def _unpublished(named: NamedPlan, published: tuple[str, ...], form: MappingForm) -> Problem:
    of = "1 row" if named.rows == 1 else f"{named.rows:,} rows"
    message = (
        f"nobody has published the plan '{named.plan}', which {of} of the read name: it pays nothing until somebody "
        f"does; publish it, or correct it in the source{suggestion(named.plan, published)}"
    )
    column = ", ".join(form.rules[named.field].sources) or None
    return Problem(
        named.row, "unknown_plan", message, Severity.WARNING, named.place, named.key, named.field, column, named.plan
    )
