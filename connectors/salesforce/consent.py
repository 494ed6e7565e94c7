"""The web-server flow with PKCE: a person agrees in the browser; what we get for that is renewed from then on.

Salesforce may give another refresh token each time (rotation): the one before is then over, and who shows it again is
taken for a thief, for whom everything is revoked. So one process asks at a time, and what it got is kept before it is
used: that is the keeper's part (`connectors.connecting.Keeper`). A token's reply has no `expires_in`; only a 401 says
that it is over, so the library's own refreshing, which goes by that, is not used.
"""

from __future__ import annotations

import logging
from pathlib import Path

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from connectors.connecting import Begun, Kept
from connectors.https import session_to
from connectors.salesforce.settings import HOSTS, Settings, WebServer
from connectors.salesforce.tokens import instance, refused
from domain.errors import FixFile, TryLater
from domain.problem import Mistake

#: What is asked for: the API, and to go on when nobody is there.
SCOPES = ("api", "refresh_token")
#: Seconds within which Salesforce has answered: less than the keeper lets one be asked for.
WITHIN = 60.0
_OK, _SERVER = 200, 500

for _name in ("oauthlib", "requests_oauthlib", "urllib3"):  # at DEBUG they write down tokens and the app's secret
    logging.getLogger(_name).setLevel(max(logging.INFO, logging.getLogger(_name).level))


def is_needed(settings: Settings) -> bool:
    """Tell whether the settings log in by what a person has agreed to."""
    return settings.auth.web_server is not None


def begin(settings: Settings, roots: tuple[Path, ...], state: str) -> Begun:
    """Say where a person is sent to agree; `state` comes back with them."""
    said = _said(settings)
    client = WebApplicationClient(said.client_id.read(roots))
    verifier = client.create_code_verifier(64)
    with OAuth2Session(client=client, redirect_uri=said.redirect_uri, scope=SCOPES) as session:
        address, _ = session.authorization_url(
            f"https://{settings.my_domain}/services/oauth2/authorize",
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
        )
    return Begun(address, verifier)


def finish(settings: Settings, roots: tuple[Path, ...], code: str, verifier: str) -> Kept:
    """Give the first tokens for the code that a person came back with. Errors: `FixAccess`, `TryLater`."""
    return _asked(settings, roots, code=code, verifier=verifier)


def renew(settings: Settings, roots: tuple[Path, ...], refresh: str) -> Kept:
    """Give other tokens for a refresh token, which is over then. Errors: `FixAccess`, `TryLater`."""
    return _asked(settings, roots, refresh=refresh)


def _said(settings: Settings) -> WebServer:
    if settings.auth.web_server is None:
        message = "nobody agrees to this connection in a browser: its `auth` is not `web_server`"
        raise FixFile(message, (Mistake(("auth",), message),))
    return settings.auth.web_server


def _asked(
    settings: Settings, roots: tuple[Path, ...], *, code: str = "", verifier: str = "", refresh: str = ""
) -> Kept:
    said, url = _said(settings), f"https://{settings.my_domain}/services/oauth2/token"
    basic = HTTPBasicAuth(said.client_id.read(roots), said.client_secret.read(roots))
    heard: list[int] = []
    with OAuth2Session(said.client_id.read(roots), redirect_uri=said.redirect_uri) as session:
        session.trust_env = False
        for prefix, adapter in session_to(HOSTS, within=WITHIN).adapters.items():
            session.mount(prefix, adapter)
        session.hooks["response"].append(lambda answer, *_, **__: heard.append(answer.status_code))
        try:
            if refresh:
                found = session.refresh_token(url, refresh_token=refresh, auth=basic, timeout=WITHIN)
            else:
                found = session.fetch_token(url, code=code, code_verifier=verifier, auth=basic, timeout=WITHIN)
        except OAuth2Error as error:
            status = heard[-1] if heard else _SERVER
            raise refused(settings, status, {"error": error.error, "error_description": error.description}) from None
        except ValueError:  # neither a token nor an error
            raise TryLater(f"{settings.my_domain} could not give a token: run again") from None
    access, kept, place = (found.get(name) for name in ("access_token", "refresh_token", "instance_url"))
    if not isinstance(access, str) or not isinstance(kept, str) or not isinstance(place, str):
        raise TryLater(f"{settings.my_domain} answered without the tokens that were asked for: run again")
    return Kept(access, kept, instance(place))
