"""The token endpoint of the double."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.doubles.salesforce.org import Org, Refused

CLIENT_ID, CLIENT_SECRET, USER = "3MVG9.consumer.key", "the-consumer-secret", "syncd@acme.com"
LONGEST = 300


@dataclass
class App:
    """The External Client App of the org: what it accepts."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    approved: bool = True
    run_as: bool = True
    audience: str = "https://login.salesforce.com"
    active: bool = True

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
    if kind == "refresh_token":
        return _rotated(org, form.get("refresh_token", ""))
    raise Refused(400, "unsupported_grant_type", "grant type not supported")


def first_refresh_token(org: Org) -> str:
    """What a person's consent in the browser would have given."""
    found = secrets.token_urlsafe(24)
    org.refresh_tokens[found] = True
    return found


def _rotated(org: Org, given: str) -> dict[str, Any]:
    """A refresh token is good once; who shows it again is taken for a thief, and everything is revoked."""
    if given not in org.refresh_tokens:
        raise Refused(400, "invalid_grant", "expired access/refresh token")
    if not org.refresh_tokens[given]:
        org.refresh_tokens.clear()
        org.tokens.clear()
        raise Refused(400, "invalid_grant", "expired access/refresh token")
    org.refresh_tokens[given] = False
    return _token(org) | {"refresh_token": first_refresh_token(org)}


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
