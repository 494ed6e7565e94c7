from __future__ import annotations

from tests.scenarios.people import crowd
from tests.scenarios.world import World


def test_c03_the_same_rows_in_another_order_propose_nothing(world: World):
    """Same rows, shuffled: 0 proposals."""
    people = crowd(30)
    world.begin(people)
    assert len(world.roster()) == 30
    again = world.run(people[::-1])
    assert (again.code, again["unchanged"], again["proposed"]) == (0, 30, 0)
