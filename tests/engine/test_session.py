"""Files that are there whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.errors import FixFile
from engine.session import Session, open_session, write_whole


def test_two_that_write_the_same_file_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target, run = tmp_path / "versions-7.parquet", Session.run
    with open_session(tmp_path) as one, open_session(tmp_path) as other:

        def meanwhile(session: Session, statement: str, parameters: Sequence[object] = ()) -> None:
            run(session, statement, parameters)
            if session is one and statement.startswith("COPY"):
                write_whole(other, "SELECT 2 AS n", target)

        monkeypatch.setattr(Session, "run", meanwhile)
        write_whole(one, "SELECT 1 AS n", target)
        assert one.rows("SELECT n FROM read_parquet($1)", [str(target)]) == [(1,)]
    assert [path.name for path in tmp_path.glob("*.parquet*")] == [target.name]
    assert not list(tmp_path.glob("*.unfinished"))


def test_what_fits_no_memory_says_what_to_do(tmp_path):
    with open_session(tmp_path, memory="30MB") as session, pytest.raises(FixFile, match="send fewer rows in one file"):
        session.rows("SELECT length(string_agg(range::VARCHAR, ',')) FROM range(20000000)")
