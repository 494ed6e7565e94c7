"""Whom records without a link may be about, and whom nobody knew.

In: the tables `people`, `links` and `keys` of `engine.narrow`, `apart`, and its views `usable`, `faultless`. Out: the
tables `candidates`, `strangers` and `newcomers`; which of the candidates it is `domain.match` decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from domain.attributes import NAMED_BY, PRIMARY, STRONG_IDS
from engine.merged import NAMED_PEOPLE
from engine.session import Row, Session, quoted, text


def load_open_matters(session: Session, path: Path) -> None:
    """Make the table `open_matters` of the person ids in a file, one a line."""
    session.run(
        f"""CREATE OR REPLACE TABLE open_matters AS SELECT * FROM read_csv({text(str(path))},
            header = false, auto_detect = false, columns = {{'person': 'BIGINT'}})"""
    )


def load_apart(session: Session, path: Path) -> None:
    """Make the table `apart` of the keys in a file, and whom each was said not to be."""
    session.run(
        f"""CREATE OR REPLACE TABLE apart AS SELECT * FROM read_csv({text(str(path))},
            header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
            columns = {{'key': 'VARCHAR', 'person': 'BIGINT'}})"""
    )


def find_candidates(session: Session, attributes: Collection[str], *, one_record: bool) -> None:
    """Look up whom the unlinked records may be; `domain.match` decides.

    Of a source that has one record of each person, an e-mail does not name somebody of whom the read has a record. By
    an e-mail nobody is found whom it is said or sure not to be: only that is left out.
    """
    rules = [name for name in NAMED_BY if name in attributes]
    queries = [
        f"""SELECT r._row, r._place, p.person, '{rule}' AS rule, a.person IS NOT NULL AS apart
            FROM {NAMED_PEOPLE} p JOIN usable r ON p.{rule} = r.{rule}
            LEFT JOIN apart a ON a.key = r._key AND a.person = p.person
            WHERE r.person IS NULL AND r.{rule} IS NOT NULL"""
        for rule in rules
    ] or ["SELECT 0::BIGINT AS _row, '' AS _place, 0::BIGINT AS person, '' AS rule, false AS apart WHERE false"]
    session.run(f"CREATE OR REPLACE TABLE candidates AS {' UNION ALL '.join(queries)}")
    if one_record:
        session.run(
            """UPDATE candidates SET apart = true WHERE rule = 'email' AND person IN (
                   SELECT t.person FROM keys k
                   JOIN (SELECT key, person FROM links SEMI JOIN candidates USING (person)) t ON t.key = k._key
               )"""
        )
    session.run("DELETE FROM candidates WHERE rule = 'email' AND apart")


def find_newcomers(session: Session, attributes: Collection[str], *, has_parts: bool = False) -> None:
    """Find everyone a faultless record names whom nobody knew, in scope or not; a shared strong id counts for nobody.

    Several posts of one key are one person, of whom the primary one speaks, and several days, of which the last does;
    who may be somebody known is none of them.
    People out of scope stay known, for others may report to them.
    """
    several = "min(r._key) OVER {0} <> max(r._key) OVER {0}" if has_parts else "count(*) OVER {0} > 1"
    shared = [
        f"(r.{rule} IS NOT NULL AND {several.format(f'(PARTITION BY r.{rule})')})"
        for rule in STRONG_IDS
        if rule in attributes
    ]
    columns = ", ".join(
        f"r.{quoted(name)}" if name in attributes else f"NULL::VARCHAR AS {quoted(name)}"
        for name in ("kind", "name", *STRONG_IDS, "email", "hire_date")
    )
    likely = "candidates c ON c._row = r._row AND c._place = r._place"
    if has_parts:
        by_key = "SELECT u._key FROM usable u JOIN candidates c ON c._row = u._row AND c._place = u._place"
        likely = f"({by_key}) c ON c._key = r._key"
    leads = f"r.{quoted(PRIMARY)} = 'true'" if PRIMARY in attributes else "false"
    session.run(
        f"""
        CREATE OR REPLACE TABLE strangers AS
        SELECT r._row, r._place, r._key, {columns}, {" OR ".join(["r._shared", *shared])} AS _shares_id,
               coalesce({leads}, false) AS _leads, r._engagement, r._effective
        FROM faultless r ANTI JOIN {likely}
        ANTI JOIN alike z ON z._row = r._row AND z._place = r._place
        WHERE r.person IS NULL
        """
    )
    session.run(
        """
        CREATE OR REPLACE TABLE newcomers AS
        SELECT row_number() OVER (ORDER BY _key) - 1 AS nth, _key
        FROM (SELECT DISTINCT _key FROM strangers WHERE NOT _shares_id)
        """
    )


def number_newcomers(session: Session, first_person: int) -> None:
    """Give newcomers their ids, from `first_person` on, and gather what is known of each."""
    session.run(f"CREATE OR REPLACE VIEW numbered AS SELECT {first_person} + nth AS person, _key FROM newcomers")
    session.run(
        """
        CREATE OR REPLACE TABLE newcomers_named AS
        SELECT DISTINCT ON (n.person) n.person, s.* EXCLUDE (_row, _place, _shares_id, _leads, _engagement, _effective)
        FROM numbered n JOIN strangers s USING (_key) WHERE NOT s._shares_id
        ORDER BY n.person, s._leads DESC, s._engagement, s._effective DESC NULLS LAST, s._place, s._row
        """
    )


def candidate_rows(session: Session) -> Iterator[Row]:
    """Give (row, place, person, rule, apart, name, strong ids) of whom unlinked records may be."""
    ids = ", ".join(f"p.{name}" for name in STRONG_IDS)
    query = f"""
        SELECT c._row, c._place, c.person, c.rule, c.apart, p.name, {ids}
        FROM people p JOIN candidates c USING (person) ORDER BY ALL"""
    for batch in session.batches(query):
        yield from batch


def newcomer_rows(session: Session, size: int) -> Iterator[list[Row]]:
    """Give (person, key, kind, name, strong ids, e-mail, hire date) of people nobody knew."""
    return session.batches("SELECT * FROM newcomers_named ORDER BY person", size=size)
