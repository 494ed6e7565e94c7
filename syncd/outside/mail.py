"""Sends a message by e-mail: TLS always, to the checked address of the server, under the server's own name.

A message that is sent twice, because nobody could tell whether it went, has the same Message-ID.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from typing import TypeVar

from connectors.https import trusted
from connectors.reaching import address_of
from domain.errors import FixAccess, Refused, TryLater
from domain.value import digest
from syncd.configuration.settings import Mail
from syncd.outside.message import Message

#: Seconds that a server may say nothing: with all it is asked, less than the lease of an effect.
SILENCE = 8.0

_Server = TypeVar("_Server", bound=smtplib.SMTP)


def send_mail(mail: Mail, password: str | None, message: Message) -> str:
    """Send a message; gives its Message-ID. `TryLater`, `FixAccess`, `Refused` where the server will never take it."""
    address, context = address_of(mail.server, mail.port), trusted()
    letter = _letter(mail, message)
    try:
        with _connected(mail, address, context) as server:
            if mail.user is not None and password is not None:
                server.login(mail.user, password)
            server.send_message(letter)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
        raise FixAccess(f"{mail.server} refuses to log {'us' if mail.user is None else mail.user} in") from None
    except ssl.SSLError:
        raise FixAccess(f"the certificate of {mail.server} is not one that is trusted here") from None
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _of(mail, error) from None
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater(f"{mail.server} broke off: {type(error).__name__}") from None
    return str(letter["Message-ID"])


def _connected(mail: Mail, address: str, context: ssl.SSLContext) -> smtplib.SMTP:
    if mail.is_tls:
        return _PinnedTls(address, context).to(mail)
    server = _Pinned(address).to(mail)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _dial(server: _Server, mail: Mail) -> _Server:
    server._host = mail.server  # type: ignore[attr-defined] # noqa: SLF001 - the name that TLS asks for, which `connect` never sets
    code, _ = server.connect(mail.server, mail.port)
    if code != 220:  # noqa: PLR2004 - ready
        server.close()
        raise TryLater(f"{mail.server} is not ready ({code})")
    return server


class _Pinned(smtplib.SMTP):
    """Connects to the address that was looked at, and no other."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(timeout=SILENCE, local_hostname="localhost")

    def to(self, mail: Mail) -> _Pinned:
        """Connect."""
        return _dial(self, mail)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - the form is the library's
        return socket.create_connection((self._address, port), timeout)


class _PinnedTls(smtplib.SMTP_SSL):
    """The same, secret from the start."""

    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        self._address, self._context = address, context
        super().__init__(timeout=SILENCE, local_hostname="localhost", context=context)

    def to(self, mail: Mail) -> _PinnedTls:
        """Connect."""
        return _dial(self, mail)

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        plain = socket.create_connection((self._address, port), timeout)
        return self._context.wrap_socket(plain, server_hostname=host)


def _letter(mail: Mail, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = f"syncd: {message.title}"
    letter["From"], letter["To"] = mail.sender, ", ".join(mail.to)
    letter["Date"] = message.since
    letter["Message-ID"] = f"<{digest(message.key, mail.sender)}@{mail.sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    return letter


def _of(
    mail: Mail, error: smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused | smtplib.SMTPDataError
) -> TryLater | Refused:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    else:
        codes = [error.smtp_code]
    if all(code >= 500 for code in codes):  # noqa: PLR2004 - for good, as SMTP counts
        return Refused(f"{mail.server} does not take it ({codes[0]}): look at `from` and `to`")
    return TryLater(f"{mail.server} does not take it now ({codes[0]})")
