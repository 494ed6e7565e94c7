"""A mail server and a receiver of webhooks, which keep what they get."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.doubles.tls import Handler
from tests.servers import free_port


class MailServer(Controller):
    """A real mail server; `says` answers each message, `got` has them."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.got: list[EmailMessage] = []
        self.says = "250 kept"
        self.context = context
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        return SMTP(
            self,
            tls_context=self.context,
            require_starttls=True,
            auth_required=True,
            authenticator=_is_syncd,
            hostname="smtp.example.com",
        )

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's
        if self.says.startswith("2"):
            found = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.got.append(found)
        return self.says

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _is_syncd(_server: Any, _session: Any, _envelope: Any, _way: Any, data: Any) -> AuthResult:
    return AuthResult(handled=False, success=(data.login, data.password) == (b"syncd", b"pass word"))


class Hook(Handler):
    """Keeps what is posted, and answers `status`."""

    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 204
    port: ClassVar[int] = 0

    def asked(self) -> None:
        self.got.append(({name.lower(): value for name, value in self.headers.items()}, self.body()))
        self.answer(self.status)


def said(got: tuple[dict[str, str], bytes]) -> dict[str, Any]:
    """What a post says, its signature checked as the page for operators says it is."""
    headers, body = got
    signed = headers["syncd-timestamp"].encode() + b"." + body
    expected = "v1=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["syncd-signature"], expected)
    found: dict[str, Any] = json.loads(body)
    assert headers["idempotency-key"] == found["key"]
    return found
