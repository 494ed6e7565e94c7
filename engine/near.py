"""What the rows that are mapped may be about: where they are few, that alone is looked through.

In: the view `keys`, the table `mapped_keys` (`engine.doubles`), the tables `told` and `sent` (`engine.unchanged`), the
views `links` and `versions`. Out: `near_links` and `near_versions`.
"""

from __future__ import annotations

from engine.session import Session

_MAPPED_KEYS = "SELECT k._key AS key FROM keys k SEMI JOIN sent s ON s._row = k._row AND s._place = k._place"
#: The query of the people whom the rows that are mapped are linked to.
MAPPED_PEOPLE = f"SELECT person FROM links SEMI JOIN ({_MAPPED_KEYS}) USING (key)"


def find_near(session: Session) -> None:
    """Make `near_links` and `near_versions`: where few rows are mapped, only what these may be about.

    Who is compared stands on the right of a join, where the engine makes a hash table: a million there is much.
    """
    if not session.number("SELECT count(person) FROM told"):
        session.run("CREATE OR REPLACE VIEW near_links AS FROM links")
        session.run("CREATE OR REPLACE VIEW near_versions AS FROM versions")
        return
    rows = mapped_count(session)
    session.keep("near_links", f"FROM links SEMI JOIN ({_MAPPED_KEYS}) USING (key)", rows=rows)
    session.keep("near_versions", "FROM versions SEMI JOIN near_links USING (person)", rows=rows)


def mapped_count(session: Session) -> int:
    """Count the rows that are mapped, of which most that is kept has a row each."""
    return session.number("SELECT count(*) FROM mapped_keys")
