"""A tenant's web services: what is sent, who we say we are, and what its refusals mean.

A fault, a status or a broken answer becomes one of our errors (`domain.errors`), named after what the operator or admin
must do. Messages have no ids and no values: what Workday quotes is left out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests
from lxml import etree
from oauthlib.oauth2 import MissingTokenError, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
from zeep import Client
from zeep import Settings as ZeepSettings
from zeep.transports import Transport
from zeep.wsse import UsernameToken

from connectors.https import chunks, session_to
from connectors.workday.settings import Settings
from domain.errors import FixAccess, FixFile, ReadFailed, SyncError, TryLater
from domain.problem import Mistake

HOSTS = ("*.workday.com", "*.myworkday.com", "*.workdaysuv.com")
#: Written for this project; the operation is the same in every version that the service still has.
WSDL = Path(__file__).parent / "human_resources.wsdl"
#: Bytes of one answer: 999 workers with everything are about 15 MB.
MOST = 256 << 20
#: Bytes of a report, Workday's own limit.
MOST_OF_A_REPORT = 2 << 30
_SAYS_NO = ("not authorized", "invalid username", "invalid user name", "authentication", "not permitted", "locked")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

for _name in ("requests_oauthlib", "oauthlib", "zeep"):  # at DEBUG they write down tokens and passwords
    logging.getLogger(_name).setLevel(logging.INFO)


@dataclass(slots=True)
class Tenant:
    """One tenant, reached as one read does. `roots` are where files with secrets may be."""

    settings: Settings
    roots: tuple[Path, ...]
    session: requests.Session = field(init=False)
    _bearer: str | None = field(init=False, default=None)
    _client: Client | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.session = session_to(HOSTS)

    def ask(self, body: Mapping[str, object]) -> tuple[Iterator[bytes], datetime]:
        """Send a `Get_Workers`; give the bytes of the answer as they come, and the moment of it by Workday's clock.

        Errors: `FixAccess`, `FixFile`, `TryLater`, `ReadFailed`.
        """
        url = f"https://{self.settings.host}/ccx/service/{self.settings.tenant}/Human_Resources/{self.settings.version}"
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        response = self._sent("POST", url, headers, data=self._message(body))
        if response.status_code == requests.codes.ok:
            return chunks(response, MOST), _moment(response)
        raise self._refusal(response)

    def report(self, path: str, parameters: Mapping[str, str]) -> requests.Response:
        """Ask for a report; the answer is not read yet. Errors as above; a report that is not there is `FixFile`."""
        url = f"https://{self.settings.host}/ccx/service/customreport2/{self.settings.tenant}/{path}"
        login = self.settings.auth
        auth = None
        if login.user and login.password:
            auth = HTTPBasicAuth(f"{login.user}@{self.settings.tenant}", login.password.read(self.roots))
        response = self._sent("GET", url, {}, params=dict(parameters), auth=auth)
        if response.status_code == requests.codes.ok:
            return response
        if response.status_code in {requests.codes.not_found, requests.codes.server_error}:
            told = _text_of(response).casefold()
            if response.status_code == requests.codes.not_found or "report" in told:
                message = (
                    f"there is no report {path} that this user may run as a web service: look at its name and owner, "
                    "whether it is an advanced report enabled as a web service, and with whom it is shared"
                )
                raise FixFile(message, (Mistake(("stream",), message),))
        raise self._refusal(response)

    def _message(self, body: Mapping[str, object]) -> bytes:
        """Write a request as the WSDL has it: what it does not know is refused here, before anything is sent."""
        if self._client is None:
            login = self.settings.auth
            token = None
            if login.user and login.password:
                token = UsernameToken(f"{login.user}@{self.settings.tenant}", login.password.read(self.roots))
            self._client = Client(
                str(WSDL),
                wsse=token,
                transport=Transport(session=self.session),
                settings=ZeepSettings(strict=True, forbid_dtd=True, forbid_external=True),
            )
        client = self._client
        message = client.create_message(client.service, "Get_Workers", version=self.settings.version, **body)
        return bytes(etree.tostring(message, xml_declaration=True, encoding="utf-8"))

    def _sent(self, method: str, url: str, headers: dict[str, str], **more: object) -> requests.Response:
        """Send, with a token where there is one; a token that has run out is renewed once."""
        response = self._once(method, url, headers, more)
        if response.status_code == requests.codes.unauthorized and self._bearer is not None:
            response.close()
            self._bearer = None
            response = self._once(method, url, headers, more)
        return response

    def _once(self, method: str, url: str, headers: dict[str, str], more: dict[str, object]) -> requests.Response:
        if self.settings.auth.refresh_token is not None:
            self._bearer = self._bearer or self._token()
            headers = {**headers, "Authorization": f"Bearer {self._bearer}"}
        return self.session.request(method, url, headers=headers, stream=True, **more)  # type: ignore[arg-type]

    def _token(self) -> str:
        """Give an access token for the refresh token; Workday's own do not end by being used."""
        login = self.settings.auth
        assert login.client_secret is not None  # noqa: S101 - `Login` has all three of them
        assert login.refresh_token is not None  # noqa: S101
        url = f"https://{self.settings.host}/ccx/oauth2/{self.settings.tenant}/token"
        oauth = OAuth2Session(login.client_id)
        oauth.trust_env = False
        for prefix, adapter in self.session.adapters.items():
            oauth.mount(prefix, adapter)
        basic = HTTPBasicAuth(str(login.client_id), login.client_secret.read(self.roots))
        try:
            found = oauth.refresh_token(url, refresh_token=login.refresh_token.read(self.roots), auth=basic)
        except (MissingTokenError, ValueError):  # an answer that is neither a token nor an error
            raise TryLater(f"{self.settings.host} gives no token at the moment") from None
        except OAuth2Error:
            raise FixAccess(
                f"{self.settings.host} refuses the refresh token of {self.settings.tenant}: make a new one for the "
                "integration user in `Register API Client for Integrations`, and look whether the client is disabled"
            ) from None
        return str(found["access_token"])

    def _refusal(self, response: requests.Response) -> SyncError:
        host, status = self.settings.host, response.status_code
        told = _text_of(response)
        code, said = _fault(told)
        plain = said.casefold()
        if status in {401, 403} or any(word in plain for word in _SAYS_NO) or "authentication" in code.casefold():
            return FixAccess(
                f"{host} refuses the user of {self.settings.tenant}: {_quiet(said) or f'HTTP {status}'}. Look at its "
                "password or token, its account, and the security domains of its group"
            )
        if code and "validation" in code.casefold():
            return ReadFailed(f"{host} refuses what was asked: {_quiet(said)}")
        if status == requests.codes.not_found:
            message = (
                f"{host} has no tenant {self.settings.tenant} with Human_Resources {self.settings.version}: look at "
                "`host`, `tenant` and `version`"
            )
            return FixFile(message, (Mistake(("host",), message),))
        if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
            return TryLater(f"{host} cannot answer now: {_quiet(said) or f'HTTP {status}'}")
        return ReadFailed(f"{host} answers HTTP {status}, which is no answer to what was asked")


def _fault(text: str) -> tuple[str, str]:
    """Give the code and the words of a SOAP fault; nothing where it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return "", ""
    found = {str(etree.QName(one).localname): (one.text or "").strip() for one in root.iter("{*}*")}
    said = found.get("Message") or found.get("Detail_Message") or found.get("faultstring", "")
    code = found.get("faultcode", "")
    return (f"{code} validation" if "Validation_Fault" in found else code), said


def _quiet(said: str) -> str:
    return _QUOTED.sub("'...'", said)[:300].rstrip(". ")


def _text_of(response: requests.Response) -> str:
    """Give the beginning of an answer that is no success."""
    text = b"".join(chunks(response, 1 << 20))
    return text.decode("utf-8", "replace")


def _moment(response: requests.Response) -> datetime:
    try:
        return parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        raise ReadFailed(f"{response.url.split('/')[2]} does not say what time it is: no usable Date header") from None
