"""What `log_in:` means: the mistakes in it, and the settings that it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from syncd.configuration.forms import LogInForm
from syncd.configuration.settings import LogIn, Provider
from syncd.configuration.wording import Fault

_LONGEST = 7 * 24
_HERE = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"https?://[^/?#\s@]+")


def faults_of_log_in(form: LogInForm | None) -> Iterator[Fault]:
    """Yield every mistake in it."""
    if form is None:
        return
    if wrong := _not_an_address(form.address):
        yield Fault(("log_in", "address"), wrong)
    if not 1 <= form.hours <= _LONGEST:
        yield Fault(("log_in", "hours"), f"a session lasts 1 to {_LONGEST} hours")
    if form.provider is not None and (wrong := _not_an_address(form.provider.issuer, path=True)):
        yield Fault(("log_in", "provider", "issuer"), wrong)


def log_in_of(form: LogInForm | None) -> LogIn | None:
    """Give the settings of a form without faults."""
    if form is None:
        return None
    said = form.provider
    provider = Provider(said.issuer, said.client_id, said.client_secret) if said else None
    return LogIn(form.address, timedelta(hours=form.hours), provider)


def _not_an_address(text: str, *, path: bool = False) -> str | None:
    found = _ADDRESS.match(text)
    if found is None or (found[0] != text and not path):
        return f"'{text}' is no address: write scheme and host, as in https://pay.example.com"
    if text.startswith("http://") and urlsplit(text).hostname not in _HERE:
        return f"'{text}' is not safe: write https://, or http:// for this machine alone (http://127.0.0.1:8000)"
    return None
