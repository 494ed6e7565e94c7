"""A SOAP client that knows nothing of us but the WSDL sends a message and understands what it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree
from werkzeug.datastructures import Headers
from zeep import Client, Settings
from zeep.exceptions import Fault
from zeep.transports import Transport

from tests.doubles import salesforce as double
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, Notification
from tests.outbound.conftest import Told
from tests.outbound.test_told import rows

WSDL = Path(double.__file__).parent / "outbound.wsdl"
CONTACT = long("0035f000000abcd")


class ToApp(Transport):
    """Sends to an application in this process, whatever address the WSDL says."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told

    def post(self, address: str, message: bytes, headers: Any) -> requests.Response:
        said = self.told.app.test_client().post(urlsplit(address).path, data=message, headers=Headers(headers))
        answer = requests.Response()
        answer.status_code, answer._content = said.status_code, said.data
        answer.headers.update(dict(said.headers))
        return answer


def service(told: Told, wsdl: Path = WSDL, address: str | None = None) -> Any:
    """The service of a WSDL, at our address; and a factory of its objects."""
    settings = Settings(forbid_dtd=True, forbid_external=True)
    client = Client(str(wsdl), transport=ToApp(told), settings=settings)
    binding = "{http://soap.sforce.com/2005/09/outbound}NotificationBinding"
    return client.create_service(binding, f"http://127.0.0.1{address or told.address}"), client


def notifications(client: Client, kind: str, *records: str) -> dict[str, Any]:
    make = client.get_type("{urn:sobject.enterprise.soap.sforce.com}" + kind)
    number = [{"Id": long(f"04l{at:012d}"), "sObject": make(Id=one)} for at, one in enumerate(records)]
    return {
        "OrganizationId": ORGANIZATION, "ActionId": ACTION, "SessionId": None, "EnterpriseUrl": "https://x",
        "PartnerUrl": "https://x", "Notification": number,
    }  # fmt: skip


def test_a_message_that_zeep_writes_is_kept_and_acknowledged(told: Told, capsys: pytest.CaptureFixture[str]):
    at, client = service(told)
    assert at.notifications(**notifications(client, "Contact", *[CONTACT] * 100)) is True
    assert len(rows(told)) == 100
    assert set(rows(told)[0][1:]) == {"Contact", CONTACT}


def test_zeep_understands_a_fault(told: Told, capsys: pytest.CaptureFixture[str]):
    at, client = service(told, address="/outbound/nobody")
    with pytest.raises(Fault, match="nobody is expected here"):
        at.notifications(**notifications(client, "Contact", CONTACT))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("om_mulesoft_SFWonOpportunity.wsdl", "Opportunity"),
        ("om_phparsenal_DiscountRule__c.wsdl", "DiscountRule__c"),
        ("om_phparsenal_ObjectToBeRemoved__c.wsdl", "ObjectToBeRemoved__c"),
        ("om_entitygenerator_wfoutbound.wsdl", "NotificationMessage__c"),
    ],
)
def test_messages_by_the_wsdls_of_orgs_are_kept(
    told: Told, shared: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
):
    at, client = service(told, shared / "fixtures" / "salesforce" / name)
    assert at.notifications(**notifications(client, kind, CONTACT)) is True
    assert rows(told)[0][1:] == (None, CONTACT)  # zeep leaves out a type that the WSDL says


def test_what_the_double_sends_is_what_a_soap_client_reads(told: Told):
    """By the WSDL alone: ids, the type and fields of a record, one that was deleted, and a message of nothing."""
    schema = Client(str(WSDL), settings=Settings(strict=True)).wsdl.types
    element = schema.get_element("{http://soap.sforce.com/2005/09/outbound}notifications")
    there, gone = told.crowd(2)
    told.org.delete("Contact", gone)
    told.sender.tell("Contact", there, gone)
    waiting = told.sender.waiting

    def read(batch: Sequence[Notification]) -> Any:
        (body,) = etree.fromstring(told.sender.message(batch))
        return element.parse(body[0], schema)

    found = read(waiting)
    assert (found.OrganizationId, found.ActionId, found.SessionId) == (ORGANIZATION, ACTION, None)
    assert [one.Id for one in found.Notification] == [one.id for one in waiting]
    first, second = (one.sObject for one in found.Notification)
    assert (type(first).__name__, first.Id, first.Title) == ("Contact", there, "Rep")
    assert second is None
    assert read([]).Notification == []


def test_our_answers_are_those_of_another_receiver(told: Told, shared: Path):
    """Elements and their namespaces, to the last; `detail` may be left out."""
    folder = shared / "fixtures" / "salesforce"

    def tags(content: bytes) -> list[str]:
        return [str(one.tag) for one in etree.fromstring(content).iter() if one.tag != "detail"]

    for path, name in (
        (told.address, "om_aspnet_ack_response.xml"),
        ("/outbound/nobody", "om_aspnet_fault_response.xml"),
    ):
        sample = (folder / name).read_bytes()
        assert tags(told.post(told.sender.message([]), path).data) == tags(sample.lstrip(b"\xef\xbb\xbf"))
