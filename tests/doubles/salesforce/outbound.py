"""The sender of the double's outbound messages: at least once, in no order, the latest state, for a day.

A rule fires (`tell`), a notification waits, and what is due goes when time passes (`pass_`): up to a hundred in a
message, each with the record as it is then. Only a 200 with `<Ack>true</Ack>` within a minute is a delivery; all else
is tried again, later and later, and dropped after a day. The other side gets bytes, and answers (status, bytes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

from tests.doubles.salesforce.org import Org, long

Deliver = Callable[[bytes], tuple[int, bytes]]

ORGANIZATION = long("00D5f000003abcd")
ACTION = long("04k5f000000abcd")
ENTERPRISE = "urn:sobject.enterprise.soap.sforce.com"

MOST = 100
PATIENCE = timedelta(seconds=60)
FIRST, LONGEST, GIVEN_UP = timedelta(seconds=15), timedelta(hours=2), timedelta(hours=24)


@dataclass
class Notification:
    """What waits to be told; `since` is when its rule fired."""

    id: str
    object: str
    record: str
    since: datetime
    due: datetime
    tries: int = 0


@dataclass
class Sender:
    """One message definition of an org, and its queue.

    late        how long the other side takes to answer; more than a minute is as good as no answer
    again       so many deliveries that were acknowledged are sent once more all the same
    order       puts what is due in another order
    """

    org: Org
    deliver: Deliver
    organization: str = ORGANIZATION
    action: str = ACTION
    late: timedelta = timedelta()
    again: int = 0
    order: Callable[[list[Notification]], object] = list.copy
    waiting: list[Notification] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def tell(self, name: str, *records: str) -> None:
        """Let the rule fire for records."""
        for record in records:
            number = long(f"04l{next(self.org.numbers):012d}")
            self.waiting.append(Notification(number, name, record, self.org.now, self.org.now))

    def pass_(self, seconds: float) -> None:
        """Let time pass, and send what falls due on the way."""
        end = self.org.now + timedelta(seconds=seconds)
        while (due := min((one.due for one in self.waiting), default=end)) < end:
            self.org.now = max(due, self.org.now)
            self.send()
        self.org.now = max(end, self.org.now)
        self.send()

    def send(self) -> None:
        """Send what is due now."""
        for one in [one for one in self.waiting if self.org.now - one.since >= GIVEN_UP]:
            self.waiting.remove(one)
            self.dropped.append(one.id)
        due = [one for one in self.waiting if one.due <= self.org.now]
        self.order(due)
        for start in range(0, len(due), MOST):
            batch = due[start : start + MOST]
            if not self._is_delivered(batch):
                continue
            self.delivered += [one.id for one in batch]
            while self.again > 0:
                self.again -= 1
                self._is_delivered(batch)
            for one in batch:
                self.waiting.remove(one)

    def _is_delivered(self, batch: Sequence[Notification]) -> bool:
        status, answer = self.deliver(self.message(batch))
        self.org.now += self.late
        self.answers.append(status)
        is_done = status == 200 and acknowledges(answer) and self.late <= PATIENCE
        for one in batch:
            one.tries += 1
            one.due = self.org.now + min(FIRST * 2 ** (one.tries - 1), LONGEST)
        return is_done

    def message(self, batch: Sequence[Notification], *, namespace: str = ENTERPRISE) -> bytes:
        """Write a message; of a record that was deleted meanwhile there is nothing to send."""
        return envelope(
            self.organization, self.action, "".join(self._notification(one, namespace) for one in batch)
        )  # fmt: skip

    def _notification(self, one: Notification, namespace: str) -> str:
        state = self.org.state(one.object, one.record)
        if state is None or state.deleted or (one.object, one.record) in self.org.purged:
            return f"<Notification><Id>{one.id}</Id></Notification>"
        fields = "".join(
            f"<sf:{name}>{escape(_text(value))}</sf:{name}>"
            for name, value in sorted(state.values.items())
            if value is not None and name in self.org.objects[one.object].visible()
        )
        return (
            f'<Notification><Id>{one.id}</Id><sObject xsi:type="sf:{one.object}" xmlns:sf="{namespace}">'
            f"<sf:Id>{one.record}</sf:Id>{fields}</sObject></Notification>"
        )


def envelope(organization: str, action: str, notifications: str) -> bytes:
    """Write a message as an org does: the session's id is always empty."""
    short = organization[:15]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{organization}</OrganizationId><ActionId>{action}</ActionId>"
        '<SessionId xsi:nil="true"/>'
        f"<EnterpriseUrl>https://acme.my.salesforce.com/services/Soap/c/67.0/{short}</EnterpriseUrl>"
        f"<PartnerUrl>https://acme.my.salesforce.com/services/Soap/u/67.0/{short}</PartnerUrl>"
        f"{notifications}</notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()


def acknowledges(answer: bytes) -> bool:
    """Tell whether an answer is the envelope that says so; a bare 200 is none."""
    found = re.search(rb"<notificationsResponse[^>]*sforce\.com/2005/09/outbound[^>]*>\s*<Ack>(\w+)</Ack>", answer)
    return found is not None and found[1] == b"true"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(float(value)) if isinstance(value, int | Decimal) else str(value)
