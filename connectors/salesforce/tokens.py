"""Access tokens: asked for when needed, held in memory only, never shown.

Neither flow here has a refresh token: another access token is simply asked for (`consent` has the flow that has one,
and those tokens are kept). A token's life is that of its session, which Salesforce does not tell: only a 401 says that
it is over.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import requests

from connectors.salesforce.failing import failure_of
from connectors.salesforce.settings import HOSTS, Jwt, Settings
from domain.errors import FixAccess, SyncError, TryLater

#: Seconds for which what we sign is good.
GOOD_FOR = 180
_OK, _SERVER = 200, 500


@dataclass(frozen=True, slots=True)
class Token:
    """What opens an org, and where its API is now."""

    access: str = field(repr=False)
    instance_url: str


def ask(settings: Settings, roots: tuple[Path, ...], session: requests.Session) -> Token:
    """Ask the org for an access token. Errors: `FixAccess` with what to have changed, `TryLater`."""
    form, basic = _form(settings, roots)
    answer = session.post(f"https://{settings.my_domain}/services/oauth2/token", data=form, auth=basic)
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code != _OK or not isinstance(body, dict):
        raise refused(settings, answer.status_code, body)
    access, url = body.get("access_token"), body.get("instance_url")
    if not isinstance(access, str) or not isinstance(url, str):
        raise TryLater("Salesforce answered without a token: run again")
    return Token(access, instance(url))


def _form(settings: Settings, roots: tuple[Path, ...]) -> tuple[dict[str, str], tuple[str, str] | None]:
    said = settings.auth
    if said.jwt is not None:
        bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return {"grant_type": bearer, "assertion": _signed(settings, said.jwt, roots)}, None
    assert said.client_credentials is not None  # noqa: S101 - `Auth` holds one of them
    credentials = said.client_credentials
    basic = credentials.client_id.read(roots), credentials.client_secret.read(roots)
    return {"grant_type": "client_credentials"}, basic


def _signed(settings: Settings, said: Jwt, roots: tuple[Path, ...]) -> str:
    claims = {
        "iss": said.client_id.read(roots),
        "sub": said.user,
        "aud": f"https://{'test' if settings.is_test else 'login'}.salesforce.com",
        "exp": int(time.time()) + GOOD_FOR,
    }
    try:
        return jwt.encode(claims, said.key.read(roots), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise FixAccess("`key` of the Salesforce source is no private RSA key (PEM)") from None


def instance(url: str) -> str:
    """Give where the API is, if it is a host that is an org's: it may move, and never leaves Salesforce."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not any(fnmatchcase(host, one) for one in HOSTS):
        raise FixAccess(
            f"Salesforce sends us to {host or 'nowhere'}, which is no host of an org: ask its administrator"
        )
    return f"https://{parts.netloc.rpartition('@')[2].lower()}"


def refused(settings: Settings, status: int, body: object) -> SyncError:
    """Say why an org gave no token: `FixAccess` with what to have changed, `TryLater` where it may give one later."""
    found = failure_of(status, body)
    if status >= _SERVER or not found.code:
        return TryLater(f"{settings.my_domain} could not give a token ({status}): run again")
    said = found.message.casefold()
    for words, remedy in _REMEDIES.items():
        if words in f"{found.code} {said}":
            return FixAccess(f"Salesforce does not let us in ({found.code}): {remedy}")
    return FixAccess(f"Salesforce does not let us in ({found.code}): check `auth` and the app's policies")


_REMEDIES = {
    "access/refresh token": "somebody agrees anew: `syncd connect` with the name of the source",
    "hasn't approved": "the administrator pre-authorises the integration user for the app (by a permission set)",
    "audience is invalid": "`my_domain` and `auth` are not of the same kind of org: production, or sandbox",
    "expired": "what we signed is too old on arrival: check this machine's clock",
    "inactive": "the integration user is inactive or frozen: the administrator lets it in again",
    "invalid_client": "check `client_id` and its secret, and that the app is installed in the org",
    "invalid_app_access": "the administrator permits the integration user to use the app",
    "no client credentials user": "the administrator sets the app's `Run As` user",
    "invalid_grant": "check `user`, the certificate of the app, this machine's clock, and whether the user is active",
}
