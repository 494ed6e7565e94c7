"""What is read of an element: what is named, once, and nothing else."""

from __future__ import annotations

from lxml import etree

from connectors.workday.rows import COLUMNS, seen
from connectors.workday.shape import day_of, each, flag, id_of, ids, label, part, read, text

_ELEMENT = etree.fromstring(
    """<Worker xmlns="urn:com.workday/bsvc" xmlns:wd="urn:com.workday/bsvc" wd:Primary="1">
      <!-- nobody asked --><Name> </Name><Name> Ada
      </Name><Name>Bob</Name><Hired>2026-01-05-08:00</Hired><Active>true</Active><Over>0</Over><Left/>
      <Manager><ID wd:type="WID">w1</ID><ID wd:type="Employee_ID"> 00001 </ID><ID wd:type="Other"/></Manager>
      <Team wd:Descriptor="Sales"><ID wd:type="WID">t1</ID></Team><Team><ID wd:type="WID">t2</ID></Team>
      <Secret><Name>Eve</Name></Secret><Name xmlns="urn:else">Mallory</Name>
    </Worker>"""
)


def test_what_is_named_is_read_and_nothing_else():
    take = part(
        {
            "@Primary": "primary",
            "@Other": "other",
            "Name": text("name"),
            "Hired": day_of("hired"),
            **{name: flag(name) for name in ("Active", "Over", "Left")},
            "Missing": text("missing"),
        }
    )
    expected = {"primary": "1", "name": "Ada", "hired": "2026-01-05", "Active": True, "Over": False}
    assert read(take, _ELEMENT) == expected


def test_references_have_ids_by_type_and_what_people_call_them():
    assert read(part({"Manager": ids("who")}), _ELEMENT) == {"who": {"WID": "w1", "Employee_ID": "00001"}}
    assert read(part({"Manager": id_of("number", "Employee_ID")}), _ELEMENT) == {"number": "00001"}
    assert read(part({"Manager": id_of("number", "Other")}), _ELEMENT) == {}
    assert read(part({"Manager": label("called")}), _ELEMENT) == {"called": "00001"}


def test_what_comes_more_than_once_is_a_list():
    assert read(part({"Team": each("teams", label("called"))}), _ELEMENT) == {"teams": [{"called": "Sales"}, {}]}


def test_of_what_a_worker_has_several_of_the_first_alone_is_told():
    """A target of one plan in the currency of another would be wrong pay."""
    plans = "".join(
        f"""<Commission_Plan_Data>{amount}<Currency_Reference>
        <ID wd:type="Currency_ID">{currency}</ID></Currency_Reference>
        </Commission_Plan_Data>"""
        for amount, currency in (("", "USD"), ("<Target_Amount>9000</Target_Amount>", "EUR"))
    )
    contracts = "".join(
        f"<Worker_Contract_Data>{end}</Worker_Contract_Data>"
        for end in ("", "<Contract_End_Date>2026-02-01-08:00</Contract_End_Date>")
    )
    worker = etree.fromstring(
        f"""<Worker xmlns="urn:com.workday/bsvc" xmlns:wd="urn:com.workday/bsvc">
          <Worker_Reference><ID wd:type="WID">w1</ID></Worker_Reference>
          <Worker_Data><Compensation_Data>{plans}</Compensation_Data><Employment_Data>{contracts}</Employment_Data></Worker_Data>
        </Worker>"""
    )
    found = seen(worker)
    assert found is not None
    told = {name: value for name, value in found.shared.items() if name.startswith(("Commission", "Termination_Date"))}
    assert told == {"Commission_Target_Currency": "USD", "Termination_Date": None}
    assert set(found.shared) <= set(COLUMNS)
