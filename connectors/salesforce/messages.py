"""Outbound messages as an org sends them (SOAP 1.1, document/literal): which records to look at, and nothing of them.

Of a notification the object's name and the record's id are taken, never a field: an absent one may be null or not
selected, and what is sent is as of the sending. Prefixes and the namespace of objects vary with the definition.
Sources: facts 4.1 and 4.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from connectors.salesforce.forms import is_id, long_id
from domain.errors import ReadFailed
from domain.outbound import Notification

#: The largest message, in bytes: a hundred notifications of text fields are several megabytes.
LARGEST = 16_000_000
#: Notifications of one message.
MOST = 100
#: Elements inside one another: Envelope, Body, notifications, Notification, sObject, a field, and parts of it.
DEEPEST = 10

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_OBJECTS = ("urn:sobject.enterprise.soap.sforce.com", "urn:sobject.partner.soap.sforce.com")
_NUMBER, _RECORD = f"{_OUTBOUND}Id", f"{_OUTBOUND}sObject"
_IDS = tuple(f"{{{one}}}Id" for one in _OBJECTS)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """What a message says of itself, and its notifications; ids have 18 characters. An empty one may lack all."""

    organization: str | None
    action: str | None
    notifications: tuple[Notification, ...]


def read_message(body: bytes) -> OutboundMessage:
    """Read a message. Errors: `ReadFailed`, where any part of it is not as Salesforce sends it."""
    if len(body) > LARGEST:
        raise ReadFailed(f"a message has at most {LARGEST} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise ReadFailed("this is no XML, or more of it than is read") from None
    if root.getroottree().docinfo.doctype:
        raise ReadFailed("a message has no DOCTYPE")
    if _TOO_DEEP(root):
        raise ReadFailed(f"elements stand more than {DEEPEST} deep")
    if root.tag != f"{_SOAP}Envelope":
        raise ReadFailed("this is no SOAP 1.1 envelope")
    sent = _only(_only(root, f"{_SOAP}Body"), f"{_OUTBOUND}notifications")
    found = [_notification(one) for one in sent.iterchildren(f"{_OUTBOUND}Notification")]
    if len(found) > MOST:
        raise ReadFailed(f"a message has at most {MOST} notifications")
    organization, action = (sent.find(f"{_OUTBOUND}{name}") for name in ("OrganizationId", "ActionId"))
    return OutboundMessage(
        None if organization is None else _id(organization), None if action is None else _id(action), tuple(found)
    )


def _only(parent: Element, tag: str) -> Element:
    found = list(parent.iterchildren(tag))
    if len(found) != 1:
        raise ReadFailed(f"there is not one {etree.QName(tag).localname}")
    return found[0]


def _notification(sent: Element) -> Notification:
    number = record = None
    for one in sent[:]:  # a list: iterating makes each step a call
        if (tag := one.tag) == _NUMBER:
            number = _id(one)
        elif tag == _RECORD:
            record = one
    if number is None:
        raise ReadFailed("a notification has no id")
    if record is None:
        return Notification(number, None, None)
    known = None
    for one in record:
        if one.tag in _IDS:
            known = _id(one)
            break
    return Notification(number, _object(record), known)


def _object(record: Element) -> str | None:
    """Resolve the type of a record through its own prefixes; None where only the definition's WSDL says it."""
    if (said := record.get(_TYPE)) is None:
        return None
    prefix, _, name = said.strip().rpartition(":")
    namespace = record.nsmap.get(prefix or None)
    if namespace not in _OBJECTS or _NAME.fullmatch(name) is None:
        raise ReadFailed("the type of a record is no object's")
    return name


def _id(sent: Element) -> str | None:
    text = (sent.text or "").strip()
    if not text:
        return None
    if not is_id(text):
        raise ReadFailed(f"{etree.QName(sent).localname} is no id")
    return long_id(text)
