"""What `alerts` means: who is told, by which way, of what."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from domain.alert import KINDS, AlertKind
from domain.problem import Mistake
from syncd.configuration.forms import AlertForm, EmailForm, Security, WorkspaceForm
from syncd.configuration.schedules import read_schedule, schedule_of
from syncd.configuration.settings import Channel, Mail, Webhook
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_LAST_PORT = 65_535


def faults_of_alerts(form: WorkspaceForm, names: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with who is told of what."""
    for name in names:
        if not _NAME.fullmatch(name):
            told = f"who is told has a name of letters, digits, `_` and `-`, a letter first: rename '{name}'"
            yield Fault(("alerts", name), told, of_key=True)
    for name, alert in form.alerts.items():
        yield from _of_alert(("alerts", name), alert)


def channels_of(form: WorkspaceForm) -> dict[str, Channel]:
    """Give who is told, of a form without faults."""
    found = {}
    for name, alert in form.alerts.items():
        if alert.email is not None:
            mail = alert.email
            is_tls = mail.security is Security.TLS
            port = mail.port or (465 if is_tls else 587)
            way: Mail | Webhook = Mail(mail.to, mail.from_, mail.server, port, is_tls, mail.user, mail.password)
        elif alert.webhook is not None:
            way = Webhook(alert.webhook.url, alert.webhook.secret)
        else:
            continue  # what is left of one with mistakes; there are none here
        found[name] = Channel(way, alert.of, schedule_of(alert.digest) if alert.digest is not None else None)
    return found


def _of_alert(path: Keys, alert: AlertForm) -> Iterator[Fault]:
    if (alert.email is None) == (alert.webhook is None):
        yield Fault(path, "say `email` or `webhook`: one of them", of_key=True)
    if alert.email is not None:
        yield from _of_email((*path, "email"), alert.email)
    if alert.webhook is not None:
        parts = urlsplit(alert.webhook.url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            told = "an address here begins with `https://`, has a host and holds no user or password"
            yield Fault((*path, "webhook", "url"), told)
    for position, kind in enumerate(alert.of):
        if kind is AlertKind.DIGEST:
            known = ", ".join(f"`{one.value}`" for one in KINDS)
            yield Fault((*path, "of", position), f"a digest is asked for by `digest: daily at 08:00`; here are {known}")
    if alert.digest is not None and isinstance(read := read_schedule(alert.digest), Mistake):
        yield Fault((*path, "digest"), read.message, offset=read.offset)


def _of_email(path: Keys, mail: EmailForm) -> Iterator[Fault]:
    for position, address in enumerate(mail.to):
        if not _ADDRESS.fullmatch(address):
            yield Fault((*path, "to", position), f"'{address}' is no address: write it like `ops@example.com`")
    if not mail.to:
        yield Fault((*path, "to"), "there is nobody to write to: name at least one address", of_key=True)
    if mail.from_ != "-" and not _ADDRESS.fullmatch(mail.from_):
        yield Fault((*path, "from"), f"'{mail.from_}' is no address: write it like `syncd@example.com`")
    if not _HOST.fullmatch(mail.server):
        yield Fault((*path, "server"), f"'{mail.server}' is no host: write its name alone")
    if mail.port is not None and not 0 < mail.port <= _LAST_PORT:
        yield Fault((*path, "port"), f"a port is 1 to {_LAST_PORT}")
    if (mail.user is None) != (mail.password is None):
        key = "password" if mail.user is None else "user"
        yield Fault((*path, key), "`user` and `password` go together", of_key=True)
