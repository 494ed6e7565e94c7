"""The token endpoint of the double."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.doubles.salesforce.org import Family, Org, Refused

CLIENT_ID, CLIENT_SECRET, USER = "3MVG9.consumer.key", "the-consumer-secret", "syncd@acme.com"
LONGEST = 300
REDIRECT = "https://syncd.acme.com/connected"


@dataclass
class App:
    """The External Client App of the org: what it accepts."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    approved: bool = True
    run_as: bool = True
    audience: str = "https://login.salesforce.com"
    active: bool = True
    redirect: str = REDIRECT
    rotates: bool = True
    scope: str = "refresh_token api"

    @property
    def private(self) -> str:
        pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(*pem).decode()


def grant(org: Org, app: App, form: dict[str, str], basic: str | None, host: str) -> dict[str, Any]:
    """Answer a request for a token."""
    kind = form.get("grant_type", "")
    if not app.active:
        raise Refused(400, "invalid_grant", "inactive user")
    if kind.endswith("jwt-bearer"):
        _check_assertion(app, form.get("assertion", ""))
        return _token(org)
    client = _client(form, basic)
    if client != (CLIENT_ID, CLIENT_SECRET):
        raise Refused(400, "invalid_client", "invalid client credentials")
    if kind == "client_credentials":
        if not host.endswith(".my.salesforce.com"):
            raise Refused(400, "invalid_grant", "request not supported on this domain")
        if not app.run_as:
            raise Refused(400, "invalid_grant", "no client credentials user enabled")
        return _token(org)
    if kind == "authorization_code":
        return _consented(org, app, form)
    if kind == "refresh_token":
        return _renewed(org, app, form.get("refresh_token", ""))
    raise Refused(400, "unsupported_grant_type", "grant type not supported")


def agree(org: Org, app: App, address: str, *, answer: str = "yes") -> str:
    """Be the person at the browser: log in where they were sent, agree, and give where they are sent back to."""
    asked = dict(parse_qsl(urlsplit(address).query))
    if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != app.redirect:
        raise Refused(400, "redirect_uri_mismatch", "redirect_uri must match configuration")
    if asked.get("response_type") != "code" or not asked.get("state"):
        raise Refused(400, "unsupported_response_type", "response type not supported")
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        raise Refused(400, "invalid_request", "missing required code challenge")
    if "refresh_token" not in asked.get("scope", "").split():
        raise Refused(400, "invalid_scope", "no refresh_token")
    if answer != "yes":
        said = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return f"{app.redirect}?{urlencode({**said, 'state': asked['state']})}"
    code = secrets.token_urlsafe(24)
    org.codes[code] = (asked["code_challenge"], asked["redirect_uri"])
    return f"{app.redirect}?{urlencode({'code': code, 'state': asked['state']})}"


def first_refresh_token(org: Org) -> str:
    """What a person's consent in the browser would have given."""
    org.families.append(Family(secrets.token_urlsafe(24)))
    return org.families[-1].live


def _consented(org: Org, app: App, form: dict[str, str]) -> dict[str, Any]:
    """Give the first tokens for a code, which is good once, and only to who has the verifier of its challenge."""
    challenge, redirect = org.codes.pop(form.get("code", ""), ("", ""))
    if not challenge:
        raise Refused(400, "invalid_grant", "expired authorization code")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
        raise Refused(400, "invalid_grant", "invalid code verifier")
    if form.get("redirect_uri") != redirect:
        raise Refused(400, "redirect_uri_mismatch", "redirect_uri must match configuration")
    refresh = first_refresh_token(org)
    return _of_family(org, org.families[-1]) | {"refresh_token": refresh, "scope": app.scope}


def _renewed(org: Org, app: App, given: str) -> dict[str, Any]:
    """A refresh token is good once; who shows it again is taken for a thief, and all that follows from it ends."""
    for family in org.families:
        if given in family.spent:
            org.families.remove(family)
            org.tokens -= family.access
        elif given == family.live:
            if not app.rotates:
                return _of_family(org, family)
            family.spent.add(family.live)
            family.live = secrets.token_urlsafe(24)
            return _of_family(org, family) | {"refresh_token": family.live}
    raise Refused(400, "invalid_grant", "expired access/refresh token")


def _of_family(org: Org, family: Family) -> dict[str, Any]:
    found = _token(org)
    family.access.add(found["access_token"])
    return found


def _check_assertion(app: App, assertion: str) -> None:
    try:
        claims = jwt.decode(
            assertion,
            app.key.public_key(),
            algorithms=["RS256"],
            audience=app.audience,
            issuer=CLIENT_ID,
            options={"require": ["exp", "aud", "sub", "iss"]},
        )
    except jwt.InvalidAudienceError:
        raise Refused(400, "invalid_grant", "audience is invalid") from None
    except jwt.ExpiredSignatureError:
        raise Refused(400, "invalid_grant", "expired authorization code") from None
    except jwt.PyJWTError:
        raise Refused(400, "invalid_grant", "invalid assertion") from None
    if int(claims["exp"]) > time.time() + LONGEST:
        raise Refused(400, "invalid_grant", "exp is too far ahead")
    if claims["sub"] != USER or not app.approved:
        raise Refused(400, "invalid_grant", "user hasn't approved this consumer")


def _client(form: dict[str, str], basic: str | None) -> tuple[str, str]:
    if basic and basic.startswith("Basic "):
        name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _token(org: Org) -> dict[str, Any]:
    access = f"00Dxx!{secrets.token_urlsafe(24)}"
    org.tokens.add(access)
    where = f"https://{org.instance}:{org.port}"
    return {"access_token": access, "instance_url": where, "token_type": "Bearer", "id": f"{where}/id/00D/005"}
