"""Logging in: by a password, or by the OpenID Connect provider; logging out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.asking import actor, asked_by, cookie_name, texts, who, workplace, world
from api.security import CALLS, TRIES, address_and_name, limiter
from api.telling import tell
from syncd.access.signing_in import begin, log_in_by_identity, log_in_by_password, log_out, provider_secret
from syncd.catalogue import told
from syncd.world import World

pages = Blueprint("log_in", __name__)

_SECONDS = 10  # that the provider has to answer


@pages.get("/log-in")
def page() -> str | Response:
    """Ask who it is."""
    if asked_by() is not None:
        return redirect(url_for("home.page"))
    return _page()


@pages.post("/log-in")
@limiter.limit(TRIES, key_func=address_and_name)
@limiter.limit(CALLS)
def by_password() -> Response | tuple[str, int]:
    """Log in by name and password."""
    name = request.form.get("name", "")
    user = log_in_by_password(world(), name, request.form.get("password", ""))
    if user is None:
        return _page(name=name, wrong=told("That name and password do not belong together. Nothing was changed.")), 422
    return _begun(world(), user.name, begin(world(), user, "password", workplace().log_in.lasts))


@pages.get("/log-in/provider")
@limiter.limit(CALLS)
def to_provider() -> Response:
    """Go to the provider, who says who it is."""
    session["then"] = _own(request.args.get("then"))
    back = workplace().log_in.address + url_for("log_in.from_provider")
    answer: Response = _provider().authorize_redirect(back)
    return answer


@pages.get("/log-in/back")
@limiter.limit(CALLS)
def from_provider() -> Response | tuple[str, int]:
    """Come back from the provider: a user is known by issuer and subject, as somebody who may has said."""
    try:
        said = _provider().authorize_access_token()["userinfo"]
        issuer, subject = str(said["iss"]), str(said["sub"])
    except (AuthlibBaseError, JoseError, RequestException, KeyError, ValueError):
        wrong = told("The provider did not say who you are. Try again; if it stays so, tell the operator.")
        return _page(wrong=wrong), 502
    user = log_in_by_identity(world(), issuer, subject)
    if user is None:
        unknown = texts().get(told("Nobody has said yet who you are here. Give this to the comp admin, who does:"))
        return _page(wrong=f"{unknown} syncd users link NAME {issuer} {subject}"), 403
    then = session.get("then")
    return _begun(world(), user.name, begin(world(), user, issuer, workplace().log_in.lasts), then)


@pages.post("/log-out")
def out() -> Response:
    """End the session."""
    log_out(world(), who().user, request.cookies.get(cookie_name()), actor())
    session.clear()
    answer = redirect(url_for("log_in.page"))
    answer.delete_cookie(cookie_name(), secure=not workplace().log_in.is_on_this_machine, httponly=True)
    return answer


def _begun(now: World, name: str, secret: str, then: str | None = None) -> Response:
    then = _own(then or request.form.get("then"))
    session.clear()  # nothing of before the log-in goes on
    tell("Logged in as {}, on {}.", name, now.today)
    answer = redirect(then or url_for("home.page"))
    answer.set_cookie(
        cookie_name(), secret, max_age=int(workplace().log_in.lasts.total_seconds()), httponly=True, samesite="Lax",
        secure=not workplace().log_in.is_on_this_machine, path="/",
    )  # fmt: skip
    return answer


def _page(name: str = "", wrong: str | None = None) -> str:
    then = _own(request.values.get("then"))
    return render_template(
        "log_in.html", name=name, wrong=wrong, then=then, provider=workplace().log_in.provider is not None
    )


def _own(then: str | None) -> str | None:
    """Give where to go on, if that is one of our pages."""
    if not then or not then.startswith("/") or then.startswith(("//", "/\\")) or urlsplit(then).netloc:
        return None
    return then


def _provider() -> Any:  # noqa: ANN401 - Authlib is not typed
    """Give the client of the provider that the workspace names; made when first needed."""
    said = workplace().log_in.provider
    if said is None:
        raise NotFound
    made = current_app.extensions.get("syncd.provider")
    if made is None:
        made = OAuth(current_app).register(
            "provider",
            client_id=said.client_id,
            client_secret=provider_secret(world(), said),
            server_metadata_url=said.issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": _SECONDS},
        )
        current_app.extensions["syncd.provider"] = made
    return made
