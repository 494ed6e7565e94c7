"""Whatever a page shows or does, a program can: the counterpart of each page and form, by the names of their routes."""

from __future__ import annotations

from tests.web.conftest import Office

#: Of each route that is no program's: the routes of the API that show or do the same. Empty: there is nothing to do.
COUNTERPARTS: dict[str, tuple[str, ...]] = {
    "static": (),
    "operating.health": (),
    "operating.ready": (),
    "operating.told": (),
    "log_in.page": (),  # a program shows a token
    "log_in.by_password": (),
    "log_in.to_provider": (),
    "log_in.from_provider": (),
    "log_in.out": (),
    "home.page": (),  # leads on to the first of the others
    "spec.page": ("spec.document",),
    "review.queue": ("v1.changes", "v1_review.groups", "v1_jobs.listed"),
    "review.change": ("v1_review.change",),
    "review.decide": ("v1.approve", "v1.reject"),
    "review.decide_one": ("v1.approve", "v1.reject"),
    "review.policies": ("v1_review.policies",),
    "review.revert_one": ("v1_review.revert",),
    "review.batch": ("v1_review.batch",),
    "review.revert_batch": ("v1_review.revert_batch",),
    "review.effect": ("v1_review.effect",),
    "review.effect_by_job": ("v1_review.effect_by_job",),
    "matters.questions": ("v1.conflicts",),
    "matters.answer": ("v1.answer",),
    "matters.rejections": ("v1.rejections",),
    "matters.forget": ("v1.forget",),
    "matters.holds": ("v1.holds",),
    "matters.release": ("v1.release",),
    "matters.quarantine": ("v1.quarantine",),
    "runs.runs": ("v1.runs", "v1_sources.listed", "v1_jobs.listed"),
    "runs.run": ("v1.run", "v1.run_problems"),
    "runs.sync": ("v1.sync",),
    "sources.listed": ("v1_sources.listed",),
    "sources.one": ("v1_sources.one",),
    "sources.check": ("v1_sources.check",),
    "sources.connect": ("v1_sources.connect",),
    "sources.connected": ("v1_sources.answer",),
    "sources.answer": ("v1_sources.answer",),
    "sources.make_path": ("v1_sources.make_path",),
    "sources.end_path": ("v1_sources.end_path",),
    "configured.page": ("v1_configured.one",),
    "configured.publishing": ("v1_configured.publishing",),
    "configured.approving": ("v1_configured.approving",),
    "jobs.one": ("v1_jobs.one",),
    "people.participants": ("v1_people.listed",),
    "people.participant": ("v1_people.one", "v1_people.whole"),
    "units.listed": ("v1_units.listed",),
    "units.one": ("v1_units.one", "v1_units.members"),
    "pay_runs.listed": ("v1_pay.pay_runs", "v1_jobs.listed"),
    "pay_runs.one": ("v1_pay.pay_run", "v1_pay.acts"),
    "pay_runs.payments": ("v1_pay.payments",),
    "pay_runs.calculate": ("v1_pay.calculate",),
    "pay_runs.submit": ("v1_pay.submit",),
    "pay_runs.reopen": ("v1_pay.reopen",),
    "pay_runs.commit": ("v1_pay.commit",),
    "pay_runs.approve": ("v1_pay.approve",),
    "pay_runs.give_back": ("v1_pay.give_back",),
    "results.page": ("v1_pay.results", "v1_pay.sums"),
    "statements.own": ("v1_statements.own",),
    "statements.one": ("v1_statements.one", "v1_statements.explain"),
    "statements.pdf": ("v1_statements.pdf",),
    "statements.sheet": ("v1_statements.sheet",),
    "adjustments.listed": ("v1_pay.adjustments",),
    "adjustments.form": ("v1_pay.propose",),
    "adjustments.propose": ("v1_pay.propose",),
    "adjustments.decide": ("v1_pay.decide_adjustments",),
}


def test_every_page_and_form_has_its_counterpart(office: Office) -> None:
    rules = {str(rule.endpoint): rule.rule for rule in office.app.url_map.iter_rules()}
    of_programs = {name for name, address in rules.items() if address.startswith("/api/v1")} | {"spec.document"}
    assert rules.keys() - of_programs == COUNTERPARTS.keys()
    named = {one for several in COUNTERPARTS.values() for one in several}
    assert named == of_programs, "and a program can do nothing that a page cannot"
