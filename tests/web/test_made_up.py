"""Requests made up from the OpenAPI document, good ones and bad: whatever is sent, what is answered stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from domain.rights import Right
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office, Program
from tests.web.test_api import program  # noqa: F401 - a fixture
from tests.web.test_pay import pay_office

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: What addresses name that is there, in the company that is paid.
THERE = {"period": "2026-01", "key": "P1"}
OK = 200


@pytest.fixture
def january(paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    """The company of six deals, January calculated."""
    paid.calculate("2026-01")
    found = pay_office(paid)
    yield found
    found.close()


def ask_all(
    office: Office,
    program: Program,  # noqa: F811 - the fixture
    mode: GenerationMode = GenerationMode.POSITIVE,
    there: Mapping[str, str] | None = None,
    examples: int = 8,
) -> dict[str, set[int]]:
    """Ask every operation with made-up requests, and check each answer; give how each address answered.

    there  parts of addresses and of queries that are not made up
    """
    document: Any = office.client("dana").get("/api/openapi.json").json
    schema = schemathesis.openapi.from_dict(document)
    schema.app = office.app
    headers = {"Authorization": f"Bearer {program.token}"}
    answered: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        answered.setdefault(operation.path, set()).update(ask(operation, mode, there or {}, examples, headers))
    return answered


def ask(
    operation: Any, mode: GenerationMode, there: Mapping[str, str], examples: int, headers: dict[str, str]
) -> set[int]:
    """Ask one operation so often; give with which statuses it answered."""
    kept: dict[str, dict[str, str]] = {}
    for where, parameters in (("path_parameters", operation.path_parameters), ("query", operation.query)):
        if known := {one.name: there[one.name] for one in parameters if one.name in there}:
            kept[where] = known
    statuses = set()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode, **kept))
    def once(case: Any) -> None:
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    once()
    return statuses


def test_schemathesis_finds_nothing(office: Office, program: Program) -> None:  # noqa: F811 - the fixture
    assert len(ask_all(office, program)) > 15


def test_nor_where_what_is_sent_is_wrong(office: Office, program: Program) -> None:  # noqa: F811 - the fixture
    answered = ask_all(office, program, GenerationMode.NEGATIVE, examples=4)
    refused = {address for address, statuses in answered.items() if statuses & {400, 404, 409, 415, 422}}
    assert len(refused) > 15


def test_nor_where_people_are_paid(january: Office) -> None:
    """Results, statements, payments and pay runs are there, so that what is checked is not that they are missing."""
    answered = ask_all(january, january.program(january.token("dana", *Right)), there=THERE, examples=4)
    paying = ("/results", "/results/sums", "/pay-runs", "/pay-runs/{period}", "/pay-runs/{period}/payments",
              "/pay-runs/{period}/acts", "/statements/{key}/{period}", "/explain/{key}/{period}")  # fmt: skip
    assert [one for one in paying if OK not in answered[f"/api/v1{one}"]] == []


def test_schemathesis_would_find_an_answer_that_is_not_described(
    office: Office,
    program: Program,  # noqa: F811 - the fixture
) -> None:
    document: Any = office.client("dana").get("/api/openapi.json").json
    document["paths"]["/api/v1/changes"]["get"]["responses"].pop("200")
    schema = schemathesis.openapi.from_dict(document)
    schema.app = office.app
    case = schema["/api/v1/changes"]["GET"].Case()
    with pytest.raises(BaseException, match=r"Undocumented (HTTP )?status code"):
        case.validate_response(case.call(headers={"Authorization": f"Bearer {program.token}"}), checks=CHECKS)
