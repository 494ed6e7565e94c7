"""What a workspace becomes, and what stops a file from being read at all."""

import hashlib
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calc.period import NamedBy, Pay, PayCalendar, pay_period
from domain.attributes import AttributeType
from domain.change import Kind
from domain.errors import FixFile
from domain.hold import Limit, Limits
from domain.policy import Policy
from domain.schedule import Missed, Schedule
from mapping.spec import Empty, FieldRule
from syncd.configuration.settings import Workspace
from syncd.configuration.workspace import load_workspace
from syncd.configuration.yaml_files import LARGEST
from syncd.periods import pay_calendars
from tests.configuration.lettered import Settings
from tests.configuration.test_wrong import HERE, complaints

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "adventureworks" / "workspace"

FULL = """\
version: 1
calendars:
  main: {timezone: Europe/Berlin, pay: biweekly, year_starts: 04-01, year_named_by: start}
  uk: {timezone: Europe/London}
currency: EUR
allow_today: true
sources:
  hr: {kind: file, path: inbox/workers*.csv, delimiter: ;, header: 2, people: one_record}
  letters: {kind: tests.configuration.lettered, letters: [a, 1]}
feeds:
  workers:
    source: hr
    into: participants
    mapping: mappings/workers.yaml
    owns_roster: true
    full: weekly on sunday
    schedule: cron 0 2 * * 1-5
    timezone: Europe/Copenhagen
    missed: skip
    limits: {ending: 12.5%, errors: 500, adding: 0, changing: 100%}
    protected: [007, ' a ', true]
    approve: [{kind: update, attributes: [title, shirt_size]}, {kind: link}]
    begins: 2026-01-01
  others: {source: letters, stream: 12, into: participants, mapping: mappings/workers.yaml, full: false}
plans: plans/*.yaml
attributes:
  title: {sources: [hr, letters], mode: propose, on_null: clear}
  shirt_size: {}
custom_attributes:
  shirt_size: {type: set}
"""

SCALARS = """\
key: [1, '02']
fields:
  employee_id: 2026
  country: {from: Country, values: {NO: NO, 010: 010, 1.10: 1_000, 12:30: 0x1F, 2026-01-31: yes, ~: .inf}}
  name: {from: [True, off], empty: null}
  currency: {value: 1e3}
  ote: {from: OTE, type: money, scale: 2, currency: Cur}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace without a mistake."""
    shutil.copytree(HERE / "good", tmp_path, dirs_exist_ok=True)
    return tmp_path


def written(folder: Path, name: str, text: str) -> Workspace:
    (folder / name).write_bytes(text.encode())
    return load_workspace(folder)


def test_the_example_is_read() -> None:
    workspace = load_workspace(EXAMPLE)
    feed = workspace.feeds["people"]
    assert workspace.calendar.timezone.key == "America/Los_Angeles"
    assert workspace.attributes["hourly_rate"] is AttributeType.DECIMAL
    assert (feed.source.name, feed.source.kind, feed.source.settings.path) == (
        "hr",
        "file",
        "inbox/people.csv",
    )
    assert feed.mapping.where == "Department != 'Executive'"
    assert feed.limits == Limits()


def test_everything_that_may_stand_in_a_workspace_is_kept(folder: Path) -> None:
    workspace = written(folder, "syncd.yaml", FULL)
    assert (workspace.currency, workspace.allow_today) == ("EUR", True)
    assert workspace.calendar.cuts == PayCalendar("main", Pay.BIWEEKLY, (4, 1), NamedBy.START)
    assert list(workspace.calendars) == ["main", "uk"]
    workers, others = workspace.feeds["workers"], workspace.feeds["others"]
    assert workers.source.one_record
    assert workers.source.settings.header == 2
    assert isinstance(workers.full, Schedule)
    assert workers.schedule is not None
    assert (workers.full.text, workers.schedule.text) == ("weekly on sunday", "cron 0 2 * * 1-5")
    assert (workers.timezone, workers.missed) == (ZoneInfo("Europe/Copenhagen"), Missed.SKIP)
    assert workers.begins == date(2026, 1, 1)
    assert workers.limits == Limits(
        Limit(share=Decimal("0.125")), Limit(count=500), Limit(count=0), Limit(share=Decimal(1))
    )
    assert workers.protected == ("007", "a", "true")
    assert workers.approve == (Policy(Kind.UPDATE, ("title", "shirt_size")), Policy(Kind.LINK))
    assert others.source.settings == Settings(("a", "1"))
    assert (others.stream, others.full, others.owns_roster) == ("12", False, False)
    assert (others.schedule, others.timezone, others.missed) == (None, None, Missed.CATCH_UP)
    assert others.mapping is workers.mapping
    assert workspace.custom_attributes == {"shirt_size": AttributeType.SET}


def test_weeks_are_counted_from_the_day_that_is_named(folder: Path) -> None:
    for said, start in (("", date(2026, 1, 12)), (", pay_starts: 2026-01-08", date(2026, 1, 8))):
        text = FULL.replace("year_named_by: start", f"year_named_by: start{said}")
        calendar = pay_calendars(written(folder, "syncd.yaml", text))["main"]
        found = pay_period(calendar, date(2026, 1, 21))
        assert (found.start, found.last) == (start, start + timedelta(13))


def test_a_scalar_is_text_where_a_text_is_asked_for(folder: Path) -> None:
    mapping = written(folder, "mappings/workers.yaml", SCALARS).feeds["workers"].mapping
    assert mapping.key == ("1", "02")
    assert mapping.fields == {
        "employee_id": "2026",
        "country": FieldRule(
            from_="Country",
            values={
                "NO": "NO",
                "010": "010",
                "1.10": "1_000",
                "12:30": "0x1F",
                "2026-01-31": "yes",
                "~": ".inf",
            },
        ),
        "name": FieldRule(from_=("True", "off"), empty=Empty.NULL),
        "currency": FieldRule(value="1e3"),
        "ote": FieldRule(from_="OTE", type=AttributeType.MONEY, scale=2, currency="Cur"),
    }


def test_every_text_is_kept_with_its_hash(folder: Path) -> None:
    texts = load_workspace(folder).texts
    assert [text.path for text in texts] == ["syncd.yaml", "mappings/workers.yaml"]
    for text in texts:
        content = (folder / text.path).read_bytes()
        assert text.text.encode() == content
        assert text.hash == hashlib.sha256(content).hexdigest()


def test_a_byte_order_mark_and_other_line_ends_change_nothing(folder: Path) -> None:
    text = (folder / "syncd.yaml").read_text(encoding="utf-8")
    expected = load_workspace(folder)
    found = written(folder, "syncd.yaml", "\ufeff" + text.replace("\n", "\r\n"))
    assert found.feeds == expected.feeds
    (folder / "syncd.yaml").write_bytes(("\ufeff" + text.replace("\n", "\r\n") + "currency: 'eur'\r\n").encode())
    assert complaints(folder) == ["syncd.yaml:7:11: 'eur' is no currency: write its three capitals, such as `USD`"]


def test_a_folder_without_a_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FixFile, match=r"there is no syncd\.yaml in .*: `syncd init` makes a workspace") as raised:
        load_workspace(tmp_path)
    assert [one.file for one in raised.value.mistakes] == ["syncd.yaml"]
    with pytest.raises(FixFile, match=r"no syncd\.yaml"):
        load_workspace(tmp_path / "nowhere")


def test_the_message_says_how_many_and_where(folder: Path) -> None:
    (folder / "mappings/workers.yaml").write_text("felds: {}\n", encoding="utf-8")
    with pytest.raises(FixFile) as raised:
        written(folder, "syncd.yaml", FULL + "colour: red\n")
    assert raised.value.message == "3 mistakes in mappings/workers.yaml and syncd.yaml: nothing was done"


def test_a_file_that_is_too_large_is_not_parsed(folder: Path) -> None:
    padded = (HERE / "good" / "mappings" / "workers.yaml").read_bytes()
    (folder / "mappings/workers.yaml").write_bytes(padded.ljust(LARGEST, b"\n"))
    load_workspace(folder)
    (folder / "mappings/workers.yaml").write_bytes(padded.ljust(LARGEST + 1, b"\n"))
    assert complaints(folder) == ["mappings/workers.yaml:1:1: larger than 1,048,576 bytes: split it"]


def test_a_file_in_another_encoding_says_where_it_stops_being_utf_8(folder: Path) -> None:
    (folder / "mappings/workers.yaml").write_bytes(b"key: ID\nfields:\n  name: Pr\xe9nom\n")
    assert complaints(folder) == ["mappings/workers.yaml:3:11: not UTF-8 from here on: save the file as UTF-8"]


def test_aliases_may_repeat_a_little(folder: Path) -> None:
    text = "key: &key ID\nfields:\n  employee_id: *key\n  hire_date: &day {from: Day}\neffective: *day\n"
    mapping = written(folder, "mappings/workers.yaml", text).feeds["workers"].mapping
    assert mapping.effective == FieldRule(from_="Day")


def test_an_alias_bomb_is_refused(folder: Path) -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)]
    (folder / "mappings/workers.yaml").write_text("\n".join(layers), encoding="utf-8")
    (complaint,) = complaints(folder)
    assert complaint.endswith("repeated too often by aliases (`*`): write them out")


def test_a_mapping_file_may_be_a_link_inside_the_workspace_only(folder: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "workers.yaml"
    (folder / "mappings/workers.yaml").rename(elsewhere)
    (folder / "mappings/workers.yaml").symlink_to(elsewhere)
    assert "is not inside the workspace" in complaints(folder)[0]
    (folder / "mappings/workers.yaml").unlink()
    (folder / "mappings/workers.yaml").symlink_to("real.yaml")
    shutil.copy(elsewhere, folder / "mappings/real.yaml")
    load_workspace(folder)
    (folder / "mappings/real.yaml").unlink()
    (folder / "mappings/real.yaml").symlink_to("workers.yaml")
    assert complaints(folder) == ["syncd.yaml:6:54: 'mappings/workers.yaml' is no path"]


def test_two_thousand_fields_are_no_trouble(folder: Path) -> None:
    fields = "".join(f"  a{number}: {{from: A {number}, type: decimal, thousands: ' '}}\n" for number in range(2000))
    custom = "".join(f"  a{number}: {{type: decimal}}\n" for number in range(2000))
    workspace = (folder / "syncd.yaml").read_text(encoding="utf-8")
    (folder / "syncd.yaml").write_text(f"{workspace}custom_attributes:\n{custom}", encoding="utf-8")
    mapping = written(folder, "mappings/workers.yaml", f"key: ID\nfields:\n{fields}").feeds["workers"].mapping
    assert len(mapping.fields) == 2000
    (folder / "mappings/workers.yaml").write_text(
        f"key: ID\nfields:\n{fields.replace('type', 'typ')}", encoding="utf-8"
    )
    assert len(complaints(folder)) == 2000
