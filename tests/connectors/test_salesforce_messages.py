"""Outbound messages are read as Salesforce sends them, and nothing that is otherwise is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.messages import LARGEST, MOST, OutboundMessage, read_message
from domain.errors import ReadFailed
from domain.outbound import Notification
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, envelope

RECORD, NUMBER = long("0035f000000abcd"), long("04l5f000000abcd")
ONE = (
    f'<Notification><Id>{NUMBER}</Id><sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    f"<sf:Id>{RECORD}</sf:Id><sf:Title>Rep</sf:Title></sObject></Notification>"
)
GOOD = envelope(ORGANIZATION, ACTION, ONE)


def refused(body: bytes) -> str:
    with pytest.raises(ReadFailed) as found:
        read_message(body)
    return found.value.message


def test_a_message_is_its_org_its_action_and_records_to_look_at() -> None:
    found = read_message(GOOD)
    assert found == OutboundMessage(ORGANIZATION, ACTION, (Notification(NUMBER, "Contact", RECORD),))


def test_prefixes_namespaces_short_ids_and_a_mark_before_it_are_all_the_same() -> None:
    other = (
        GOOD.replace(b"soapenv:", b"S:")
        .replace(b"xmlns:soapenv", b"xmlns:S")
        .replace(b"sf:", b"ens:")
        .replace(b"xmlns:sf=", b"xmlns:ens=")
        .replace(b"enterprise.soap.sforce.com", b"partner.soap.sforce.com")
        .replace(RECORD.encode(), RECORD[:15].encode())
        .replace(ORGANIZATION.encode(), ORGANIZATION[:15].encode())
    )
    assert other != GOOD
    assert read_message(b"\xef\xbb\xbf" + other) == read_message(GOOD)


def test_a_namespaced_object_of_ones_own_keeps_its_name() -> None:
    body = GOOD.replace(b"sf:Contact", b"sf:acme__Deal__c")
    assert read_message(body).notifications[0].object == "acme__Deal__c"


def test_a_record_that_was_deleted_has_nothing_to_say() -> None:
    body = envelope(ORGANIZATION, ACTION, f"<Notification><Id>{NUMBER}</Id></Notification>")
    assert read_message(body).notifications == (Notification(NUMBER, None, None),)


def test_an_empty_message_is_one() -> None:
    assert read_message(envelope(ORGANIZATION, ACTION, "")).notifications == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no XML"),
        (b"<a>", "no XML"),
        (b"<a/>", "no SOAP 1.1 envelope"),
        (GOOD[:-30], "no XML"),
        (GOOD.replace(b"schemas.xmlsoap.org/soap/envelope", b"www.w3.org/2003/05/soap-envelope"), "no SOAP 1.1"),
        (GOOD.replace(b"2005/09/outbound", b"2005/09/inbound"), "not one notifications"),
        (GOOD.replace(b"sf:Contact", b"sf:Con tact"), "no object's"),
        (GOOD.replace(b"sf:Contact", b"other:Contact"), "no object's"),
        (GOOD.replace(b"sobject.enterprise", b"sobject.other"), "no object's"),
        (GOOD.replace(RECORD.encode(), b"x' OR Id != '"), "Id is no id"),
        (GOOD.replace(NUMBER.encode(), b""), "no id"),
        (GOOD.replace(ORGANIZATION.encode(), b"00D"), "OrganizationId is no id"),
        (b"<!DOCTYPE a>" + GOOD.partition(b"\n")[2], "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + GOOD.partition(b"\n")[2], "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + GOOD.partition(b"\n")[2], "DOCTYPE"),
        (GOOD.replace(b"Rep", b"<a>" * 12 + b"</a>" * 12), "deep"),
        (GOOD.replace(b"Rep", b"<a>" * 5000 + b"</a>" * 5000), "more of it than is read"),
        (GOOD.replace(b"Rep", b"x" * 11_000_000), "more of it than is read"),
        (envelope(ORGANIZATION, ACTION, ONE * (MOST + 1)), "100 notifications"),
        (b" " * (LARGEST + 1), "bytes"),
    ],
)
def test_what_is_no_message_is_refused_and_nothing_of_it_is_said(body: bytes, said: str) -> None:
    told = refused(body)
    assert said in told
    assert "passwd" not in told
    assert "Rep" not in told


def test_a_doctype_in_another_encoding_is_refused_as_well() -> None:
    body = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a>' + GOOD.decode().partition("\n")[2]
    assert "DOCTYPE" in refused(body.encode("utf-16"))


def test_a_billion_laughs_are_refused_before_they_are_many() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>' + GOOD.decode().partition("\n")[2].replace("Rep", "&l9;")
    refused(body.encode())


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_whatever_is_sent_is_a_message_or_is_refused(noise: bytes, at: int) -> None:
    for body in (noise, GOOD[:at] + noise + GOOD[at:], GOOD[:at] + noise):
        try:
            read_message(body)
        except ReadFailed:
            continue


def test_the_samples_of_others_are_read(shared: Path) -> None:
    folder = shared / "fixtures" / "salesforce"
    found = read_message((folder / "om_phparsenal_DiscountRule.xml").read_bytes())
    assert found.organization == "00DD0000000muCUMAY"
    assert found.notifications == (Notification("04l570000176YSmAAM", "DiscountRule__c", "a025700000OPgOjAAL"),)
    empty = read_message((folder / "om_aspnet_empty_notifications.xml").read_bytes())
    assert empty == OutboundMessage(None, None, ())
    assert "not one notifications" in refused((folder / "om_aspnet_ack_response.xml").read_bytes())
