"""What every answer and every form is guarded by: headers, tokens of forms, sizes, how often one may try and ask."""

from __future__ import annotations

import os
import secrets
import threading
import time
from math import ceil
from pathlib import Path

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, TooManyRequests
from werkzeug.wrappers import Response

from domain.user import folded_name
from syncd.configuration.settings import LogIn

#: Nothing from another host, nothing inline, no frame of another page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_YEAR = 365 * 24 * 3600
#: And of those that nobody may keep: all but files that are the same for everybody.
UNKEPT = {"Cache-Control": "no-store"}
#: The largest request, in bytes: the ids of a page of changes, not of all.
LARGEST = 1_000_000

#: How often one may try to log in by a name from one address; and from one address, which a company may share.
TRIES = "10 per minute; 100 per hour"
CALLS = "120 per minute"
#: How often a user may ask within a minute: for pages, of which one that looks again by itself asks 30 times; and by
#: programs, a hundred times a second: more than one that asks for one thing after the other over a network comes to.
PAGES, PROGRAMS = 1_200, 6_000
_MINUTE = 60
_PATIENCE = 1.0  # seconds that Redis has to answer

csrf = CSRFProtect()
#: Of tries to log in: counted by all processes together where Redis is set, by each while it is gone.
limiter = Limiter(get_remote_address, headers_enabled=True, strategy="fixed-window", in_memory_fallback_enabled=True)


class Minute:
    """How often each of some asked within the minute, counted by each process by itself: it goes on without Redis.

    The limiter's own memory goes by a clock that people set, and begins a thread at nearly each count.
    """

    def __init__(self, most: int) -> None:
        """Let each ask so often."""
        self.most, self._asked, self._until = most, dict[str, int](), 0.0
        self._lock = threading.Lock()

    def wait(self, who: str) -> int:
        """Give for how many seconds somebody is to wait; 0 where they may ask."""
        left = self._until - time.monotonic()
        return ceil(left) if left > 0 and self._asked.get(who, 0) >= self.most else 0

    def count(self, who: str) -> None:
        """Count that somebody asked."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._asked, self._until = {}, time.monotonic() + _MINUTE
            self._asked[who] = self._asked.get(who, 0) + 1

    def let(self, who: str) -> None:
        """Let somebody ask, and count it. `TooManyRequests`, with when to go on, where they did so too often."""
        if seconds := self.wait(who):
            raise TooManyRequests(
                f"more than {self.most:,} requests within a minute: go on in {seconds} seconds", retry_after=seconds
            )
        self.count(who)


def address_and_name() -> str:
    """Give what tries of one name are counted by."""
    return f"{get_remote_address()} {folded_name(request.form.get('name', ''))[:100]}"


def guard(app: Flask, folder: Path, log_in: LogIn) -> None:
    """Set up an application so that its answers and forms are guarded."""
    is_safe, redis = not log_in.is_on_this_machine, os.environ.get("SYNCD_REDIS_URL")
    app.config.update(
        SECRET_KEY=_secret(folder),
        SESSION_COOKIE_NAME="__Host-syncd-form" if is_safe else "syncd-form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=is_safe,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST,
        MAX_FORM_MEMORY_SIZE=LARGEST,
        WTF_CSRF_TIME_LIMIT=None,  # it ends with the session
        WTF_CSRF_SSL_STRICT=False,  # the origin is compared below, by the address people use
        RATELIMIT_STORAGE_URI=redis or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": _PATIENCE, "socket_timeout": _PATIENCE} if redis else {},
    )
    csrf.init_app(app)
    limiter.init_app(app)

    @app.before_request
    def from_our_pages() -> None:
        """Refuse a form that another site sent."""
        origin = request.headers.get("Origin")
        if request.method not in ("GET", "HEAD", "OPTIONS") and origin not in (None, log_in.address):
            raise Forbidden(f"this came from another site: the pages are at {log_in.address}")

    headers = headers_of(log_in)

    @app.after_request
    def with_headers(answer: Response) -> Response:
        for name, value in headers.items():
            answer.headers[name] = value
        if request.endpoint != "static":
            answer.headers.update(UNKEPT)
        return answer


def headers_of(log_in: LogIn) -> dict[str, str]:
    """Give the headers of every answer."""
    safe = {} if log_in.is_on_this_machine else {"Strict-Transport-Security": f"max-age={_YEAR}"}
    return _HEADERS | safe


def _secret(folder: Path) -> str:
    """Give what cookies of forms are signed with: made once, the same for all processes of a workspace."""
    path = folder / "web.key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
