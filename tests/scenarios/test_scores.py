"""MBO and KPI results as scores, from a file and from a report of Workday, to what they pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.doubles.workday.reached import EVERY, reached
from tests.scenarios.closing import PayWorld

MBO = """\
plan: reseller
currency: USD
measures:
  revenue: {sum: amount}
  mbo: {score: MBO, sum: target * score}
credit:
- {to: owner, measure: revenue}
- {to: owner, measure: mbo}
components:
  commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}
  mbo: {type: tiers, measure: mbo, earned: month, tiers: [{rate: 100%}]}
"""
SCORES = """\
key: id
fields:
  participant: {from: who, by: employee_id}
  measure: {value: MBO}
  goal: goal
  date: {from: day, type: date, format: '%m/%d/%Y'}
  score: score
  target: {from: target, type: money, currency: {value: USD}}
"""
REPORT = "hr_admin/MBO_Results"
COLUMNS = ("id", "who", "goal", "day", "score", "target")
#: id, who, goal, day, score, target
ROWS = (
    ("g1", "E1", "launch", "01/31/2026", "0.80", "1000"),
    ("g2", "E1", "hiring", "01/31/2026", "1.1", "500"),
    ("g3", "E9", "launch", "01/31/2026", "1", "500"),
)
Rows = tuple[tuple[str, ...], ...]


def told(rows: Rows) -> list[dict[str, Any]]:
    """Rows as a report has them."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


class Scored:
    """A world whose scores come from a file, or from a report of Workday."""

    def __init__(self, pay: PayWorld, double: Any) -> None:
        self.pay, self.double = pay, double
        source: dict[str, Any] = {"kind": "file", "path": "inbox/mbo.csv"}
        feed = {"source": "goals", "into": "scores", "mapping": "mappings/mbo.yaml"}
        if double is not None:
            source = {
                "kind": "workday", "host": double.host, "tenant": "acme", "groups": list(EVERY), "count": 100,
                "auth": {"user": "ISU_Syncd", "password": {"env": "WORKDAY_PASSWORD"}},
            }  # fmt: skip
            feed["stream"] = f"report:{REPORT}"
        pay.settings["sources"]["goals"] = source
        pay.settings["feeds"]["mbo"] = feed
        pay.write("mappings/mbo.yaml", SCORES)
        pay.save()

    def send(self, *rows: tuple[str, ...]) -> dict[str, Any]:
        """Let results be there, and load them."""
        if self.double is not None:
            self.double.tenant.reports[REPORT] = told(rows)
            self.double.tenant.report_columns[REPORT] = COLUMNS
        else:
            self.pay.write("inbox/mbo.csv", "\n".join(",".join(row) for row in (COLUMNS, *rows)) + "\n")
        return dict(self.pay.call("run", "mbo").document["runs"][0])

    def owed(self, period: str) -> dict[tuple[str, str, str], str]:
        """What is due by participant, component and earned period."""
        return {
            (one["participant"], one["component"], one["earned_period"]): one["amount"]
            for one in self.pay.results(period)
        }


@pytest.fixture(params=["file", "workday"])
def scored(
    request: pytest.FixtureRequest,
    pay: PayWorld,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scored]:
    """A company that pays commission and MBO, with the results of January there."""
    if request.param == "file":
        yield _begun(pay, None)
        return
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as double:
        yield _begun(pay, double)


def _begun(pay: PayWorld, double: Any) -> Scored:
    found = Scored(pay, double)
    said = found.send(*ROWS[:2])
    assert said["outcome"] in ("completed", "completed_with_errors"), said
    pay.begin_pay(plan=MBO)
    return found


def test_results_of_a_report_pay_the_target_times_the_score(scored: Scored):
    said = scored.send(*ROWS)
    assert (said["loaded"], said["unchanged"], said["quarantined"]) == (0, 2, 1), said
    assert [(one["key"], one["code"]) for one in scored.pay.call("quarantine").document] == [("g3", "owner_unknown")]
    scored.pay.calculate("2026-01")
    owed = scored.owed("2026-01")
    first = scored.pay.results("2026-01")[0]["participant"]
    assert (owed[first, "mbo", "2026-01"], owed[first, "commission", "2026-01"]) == ("1350.00", "120.00")
    told = scored.pay.act("explain", first, "2026-01")
    assert told.code == 0
    assert "g1" in str(told.document)


def test_a_score_corrected_after_the_close_is_paid_as_a_difference(scored: Scored):
    scored.send(*ROWS[:2])
    scored.pay.close("2026-01")
    scored.send(("g1", "E1", "launch", "01/31/2026", "0.90", "1000"), ROWS[1])
    scored.pay.calculate("2026-02")
    assert "100.00" in {
        one["amount"] for one in scored.pay.results("2026-02") if one["component"] == "mbo"
    }  # 0.90 in place of 0.80 of 1,000
