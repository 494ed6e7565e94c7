"""Several records of one person in the source that is read: how they stand beside one another."""

from __future__ import annotations

from collections.abc import Mapping

from domain.change import Kind
from domain.speaking import Beside, OneOf, Row, Whom, by_day, speakers
from engine.several import several_rows
from mapping.compile import MappingForm
from store.database import reading
from store.rejections import rejections_of
from syncd.changes.cells import day_of, number_of
from syncd.feeds.work import Work


def records_beside(work: Work, form: MappingForm) -> Mapping[Row, Beside]:
    """Say of each linked row of the read, of whoever it has several of, how it stands beside the others.

    A record that a strong id names is to be theirs, unless that link was refused.
    """
    found = [
        (
            (int(str(person)), str(engagement)),
            OneOf(
                (int(str(row)), str(place)), str(key), number_of(link), day_of(begins), day_of(last_day),
                has_left=status == "terminated", is_gone=bool(is_gone),
            ),
        )
        for person, engagement, row, place, key, link, begins, last_day, status, is_gone in several_rows(
            work.session, form.attributes
        )
    ]  # fmt: skip
    refused = _refused_links(work, found)
    heard = [(whom, one) for whom, one in found if (whom[0], one.key) not in refused]
    return by_day(heard, work.world.today) if work.feed.history else speakers(heard, work.world.today)


def _refused_links(work: Work, found: list[tuple[Whom, OneOf]]) -> set[tuple[int, str]]:
    persons = {person for (person, _), one in found if one.link is None}
    if not persons:
        return set()
    with reading(work.world.database) as tx:
        remembered = rejections_of(tx, persons)
    return {
        (person, str(one.values.get("source_key")))
        for person, some in remembered.items()
        for one in some
        if one.kind is Kind.LINK and one.in_force(work.world.today)
    }
