"""The close of a pay period: submitted, approved by a second person, committed into the ledger.

Every act takes the revision first and then looks whether it still fits; twice has one effect. A commit is one
transaction: the revision, the checks, the entries, and the ledger added up again; a difference leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from calc.ledger import Totals, sampled, unlike, untied
from calc.pay_run import Act, PayRun, PayState, after, in_the_way, is_done, leads_to, own_pay, refusal, too_early
from calc.settling import Scope
from domain.errors import Refused
from store import audit
from store.bulk import NO_ROWS
from store.calculations import Calculation, calculation_of
from store.database import reading, writing
from store.head import take_revision
from store.ledger import entry_digests, entry_totals
from store.pay_runs import about, act_name, begin_pay_run, move_pay_run, pay_run_digest, pay_runs
from syncd.access.own import own_names
from syncd.pay import calculated
from syncd.pay.checks import kept, newest_of, submittable, undecided, unpaid
from syncd.pay.posting import post_results
from syncd.world import Actor, World

#: How many differences a refusal names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Closed:
    """What an act came to: the pay run as it stands after it, and what its results are."""

    run: PayRun
    calculation: Calculation


def submit(world: World, scope: Scope, actor: Actor, digest: str | None = None) -> Closed:
    """Submit the newest results of a pay run; `digest` is that of the results that were looked at.

    `Refused` where there are none, they are others by now, they are stale, or do not tie out.
    """
    found = submittable(world, scope)
    if digest not in (None, found.digest):
        raise Refused(f"{scope} has been calculated again meanwhile: look at the new results")
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "submit")
        before = kept(tx, scope)
        if (before.state, before.calculation, before.submitted_by) == (PayState.SUBMITTED, found.run, actor.name):
            return Closed(before, found)
        _refuse(refusal(before, Act.SUBMIT, actor.name) or too_early(before, world.today))
        _refuse(in_the_way(before, pay_runs(tx, before.calendar)))
        _refuse(undecided(tx, before) or unpaid(tx, before, revision))
        newest = newest_of(tx, scope)
        if newest is None or newest.run != found.run:
            raise Refused(f"{scope} has been calculated again meanwhile: look at the new results")
        before = before if before.id else begin_pay_run(tx, before)
        submitted = replace(
            before, state=leads_to(Act.SUBMIT), calculation=found.run, digest=found.digest, submitted_by=actor.name,
            approved_by=None, reason=None,
        )  # fmt: skip
        _move(tx, world, before, submitted, Act.SUBMIT, revision, actor)
    return Closed(submitted, found)


def approve(world: World, scope: Scope, actor: Actor, digest: str | None = None) -> Closed:
    """Approve what somebody else submitted; `digest` is that of the results that the approver has looked at.

    `Refused` for who is paid by it themselves.
    """
    with reading(world.database) as tx:
        run = kept(tx, scope)
        found = _calculation(tx, run)
    if digest not in (None, run.digest):
        raise Refused(f"{run} was submitted again meanwhile: look at the new results")
    _refuse(paid_themselves(world, run, found, actor))
    return _act(world, scope, Act.APPROVE, actor, looked_at=run)


def paid_themselves(world: World, run: PayRun, found: Calculation, actor: Actor) -> str | None:
    """Say why somebody may not approve a pay run by which they are paid themselves; None where they are not."""
    with reading(world.database) as tx:
        own = own_names(tx, actor)
    paid = calculated.people(world, found)[0] if own else ()
    return next((told for person, name in own.items() if (told := own_pay(run, name, person, paid))), None)


def give_back(world: World, scope: Scope, reason: str, actor: Actor) -> Closed:
    """Return what was submitted, or approved, with what is wrong with it."""
    return _act(world, scope, Act.RETURN, actor, reason)


def reopen(world: World, scope: Scope, reason: str, actor: Actor) -> Closed:
    """Open a pay run again, as if it had never been submitted; one that is committed never is."""
    return _act(world, scope, Act.REOPEN, actor, reason)


def _act(
    world: World, scope: Scope, act: Act, actor: Actor, reason: str | None = None, looked_at: PayRun | None = None
) -> Closed:
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), act.value)
        before = kept(tx, scope)
        found = _calculation(tx, before)
        if is_done(before, act):
            return Closed(before, found)
        _refuse(refusal(before, act, actor.name))
        if looked_at is not None and before.digest != looked_at.digest:
            raise Refused(f"{before} was submitted again meanwhile: look at the new results")
        done = after(before, act, actor.name, reason)
        _move(tx, world, before, done, act, revision, actor)
    return Closed(done, found)


def commit(world: World, scope: Scope, actor: Actor) -> Closed:
    """Write what was approved into the ledger, once and for ever.

    Before it some participants, and all with adjustments, are calculated a second time in another way. `Refused`
    where that differs, where the results on disk are not what was approved, where something was posted meanwhile that
    they do not know of, and where the books do not agree afterwards.
    """
    with reading(world.database) as tx:
        run = kept(tx, scope)
        if is_done(run, Act.COMMIT):
            return Closed(run, _calculation(tx, run))
        _refuse(refusal(run, Act.COMMIT, actor.name))
        found = _calculation(tx, run)
    _refuse_changed(world, run, found)
    _refuse_unlike(world, found)
    books = {"results": calculated.totals(world, found), "statements": calculated.statement_totals(world, found)}
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), Act.COMMIT)
        before = kept(tx, scope)
        if is_done(before, Act.COMMIT):
            return Closed(before, found)
        _refuse(refusal(before, Act.COMMIT, actor.name) or in_the_way(before, pay_runs(tx, run.calendar)))
        if (before.calculation, before.digest) != (run.calculation, run.digest):
            raise Refused(f"{run} was submitted again meanwhile: look at the new results")
        post_results(tx, before, calculated.results(world, found), pinned=found.revision, revision=revision)
        refuse_untied({"ledger": entry_totals(tx, before.id), **books})
        committed = replace(before, state=leads_to(Act.COMMIT), committed=revision)
        _move(tx, world, before, committed, Act.COMMIT, revision, actor)
    return Closed(committed, found)


def refuse_untied(books: Mapping[str, Totals]) -> None:
    """Refuse what does not agree to the cent, for each legal entity and currency."""
    if told := untied(books):
        raise Refused(f"the books do not agree, so nothing is committed: {'; '.join(told[:_NAMED])}")


def _refuse_changed(world: World, run: PayRun, found: Calculation) -> None:
    changed = calculated.changed_files(world, found)
    if changed or found.digest != run.digest:
        what = ", ".join(changed) or "another digest"
        raise Refused(
            f"results of R{found.run} on disk are not what was approved ({what}): `return` {run}, calculate it again"
        )


def _refuse_unlike(world: World, found: Calculation) -> None:
    """Calculate some people, and all with adjustments, a second time; refuse where anything differs."""
    people, adjusted = calculated.people(world, found)
    chosen = sampled(people, found.digest) | adjusted
    again = calculated.rederived(world, found, chosen)
    told = unlike(calculated.derived(world, found, chosen), again)
    if told:
        raise Refused(
            f"a second calculation of {len(chosen):,} participants differs, so nothing is committed: "
            f"{'; '.join(told[:_NAMED])}"
        )


def _calculation(tx: Connection, run: PayRun) -> Calculation:
    found = calculation_of(tx, run.calculation) if run.calculation is not None else None
    if found is None:
        raise Refused(f"{run} is not submitted: calculate it and `submit` it")
    return found


def _move(tx: Connection, world: World, before: PayRun, now: PayRun, act: Act, revision: int, actor: Actor) -> None:
    """Put the pay run where the act led, and write down who did it, and of what."""
    move_pay_run(tx, before, now)
    entries = entry_digests(tx, now.id).get(now.id, NO_ROWS)
    done = audit.Act(act_name(act), about(now), pay_run_digest(now, entries), now.reason)
    audit.record(
        tx, revision, [done], at=world.now(), by=actor.account, for_user=actor.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip


def _refuse(why: str | None) -> None:
    if why is not None:
        raise Refused(why)
