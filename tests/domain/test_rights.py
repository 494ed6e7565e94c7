"""Who may do what: the matrix of roles, and whom somebody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rights import EVERYBODY, MAY, WHOLE, Grant, Population, PopulationKind, Right, Role, Sight, sight_of

NORDICS = Population(PopulationKind.BUSINESS_UNIT, "Nordics")
GRANTS = st.sets(
    st.builds(Grant, st.sampled_from(Role), st.sampled_from([None, NORDICS, Population(PopulationKind.PLAN, "rep")]))
)


def test_every_role_stands_in_the_matrix() -> None:
    assert MAY.keys() == set(Role)


@pytest.mark.parametrize(
    ("role", "may_not"),
    [
        (Role.APPROVER, {Right.ANSWER, Right.RELEASE, Right.SYNC}),
        (Role.AUDITOR, {Right.DECIDE, Right.ANSWER, Right.RELEASE, Right.SYNC}),
        (Role.OPERATOR, {Right.SEE_CHANGES, Right.SEE_PEOPLE, Right.DECIDE, Right.ANSWER, Right.RELEASE}),
        (Role.SERVICE, {Right.DECIDE, Right.ANSWER, Right.RELEASE}),
        (Role.PAYROLL, set(Right)),
        (Role.COMP_ADMIN, set()),
    ],
)
def test_what_a_role_may_not(role: Role, may_not: set[Right]) -> None:
    assert {right for right in Right if sight_of([Grant(role)], right, 7) is None} == may_not


def test_a_role_for_a_population_sees_that_population_alone() -> None:
    assert sight_of([Grant(Role.APPROVER, NORDICS)], Right.DECIDE, None) == Sight(populations=frozenset({NORDICS}))


def test_a_participant_sees_themselves_and_a_manager_the_team() -> None:
    both = [Grant(Role.PARTICIPANT), Grant(Role.MANAGER)]
    assert sight_of(both, Right.SEE_PEOPLE, 7) == Sight(own=7, team_of=7)
    assert sight_of(both, Right.SEE_PEOPLE, None) is None, "who they are is not known"


@pytest.mark.parametrize("right", sorted(WHOLE))
def test_an_act_about_a_whole_run_needs_a_role_for_everybody(right: Right) -> None:
    assert sight_of([Grant(Role.COMP_ADMIN, NORDICS)], right, None) is None
    assert sight_of([Grant(Role.COMP_ADMIN)], right, None) == EVERYBODY


@given(GRANTS, GRANTS, st.sampled_from(Right))
def test_a_further_role_never_takes_anything_away(some: set[Grant], more: set[Grant], right: Right) -> None:
    before, after = sight_of(some, right, 7), sight_of(some | more, right, 7)
    if before is not None:
        assert after is not None
        assert after.everybody or (before.populations <= after.populations and before.own in (None, after.own))


@given(GRANTS, st.sets(st.sampled_from(Right)), st.sampled_from(Right))
def test_a_token_never_gives_more_than_the_user_has(some: set[Grant], scope: set[Right], right: Right) -> None:
    found = sight_of(some, right, 7, frozenset(scope))
    assert found == (sight_of(some, right, 7) if right in scope else None)
