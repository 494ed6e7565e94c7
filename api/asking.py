"""Who asks, and whether they may: settled before any route is entered, by the matrix of `api.rights`.

A browser shows a session's cookie, a program a token; under `/api/v1` only tokens count, elsewhere only cookies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, NotFound, Unauthorized
from werkzeug.wrappers import Response

from api.rights import NEEDS, Anyone
from api.security import PAGES, PROGRAMS, Minute
from domain.errors import FixFile, Refused, SyncError, TryLater
from domain.rights import Right, Sight
from syncd.access.noting import note_refusals, ours
from syncd.access.signing_in import SignedIn, by_session, by_token
from syncd.catalogue import told
from syncd.configuration.settings import LogIn
from syncd.daemon.place import Place
from syncd.texts import LANGUAGES, Texts, texts_for
from syncd.world import Actor, World, open_world

_EXTENSION = "syncd"
_FORMS = frozenset(("application/x-www-form-urlencoded", "multipart/form-data"))
_ALONE = threading.Lock()


class Workplace:
    """The workspace that an application serves: one database, and for each thread the files as they are now.

    pages, programs  how often each user asks for pages, and by programs
    """

    def __init__(self, folder: Path, today: date | None) -> None:
        """Open it. `FixFile` where its files have mistakes, or nobody can log in."""
        self.opened = open_world(folder, today)
        if self.opened.workspace.log_in is None:
            self.close()
            raise FixFile("nobody can log in: say `log_in: {address: ...}` in syncd.yaml")
        self.log_in: LogIn = self.opened.workspace.log_in
        self.pages, self.programs = Minute(PAGES), Minute(PROGRAMS)
        self._today, self._threads = today, threading.local()

    def close(self) -> None:
        """Close the database's connections; one that is needed again is opened anew."""
        self.opened.database.dispose()

    def world(self) -> World:
        """Give the world as it is now; with the files as they were where they have mistakes by now."""
        if not hasattr(self._threads, "place"):
            self._threads.place = Place(self.opened, self._today, "web")
        place: Place = self._threads.place
        try:
            return place.world()
        except FixFile:
            return place.as_it_was()


def attend(app: Flask, workplace: Workplace) -> None:
    """Let an application know its workspace and, of every request, who asks."""
    app.extensions[_EXTENSION] = workplace
    app.before_request(_settle)


def workplace() -> Workplace:
    """Give the workspace that is served."""
    found: Workplace = current_app.extensions[_EXTENSION]
    return found


def world() -> World:
    """Give the world of this request."""
    if "world" not in g:
        g.world = workplace().world()
    found: World = g.world
    return found


def who() -> SignedIn:
    """Give who asks; only where the route needs somebody."""
    found: SignedIn | None = asked_by()
    if found is None:
        raise Unauthorized
    return found


def asked_by() -> SignedIn | None:
    """Give who asks; None: nobody who is logged in."""
    found: SignedIn | None = g.get("signed_in")
    return found


@contextmanager
def alone() -> Iterator[None]:
    """Do what reads or calculates a whole: one at a time in a process. `TryLater` while another one is at it."""
    if not _ALONE.acquire(blocking=False):
        raise TryLater("Another one is being worked out just now: try it again in a minute.")
    try:
        yield
    finally:
        _ALONE.release()


def actor() -> Actor:
    """Give who acts."""
    return who().actor


def sight(right: Right | None = None) -> Sight:
    """Give whom the user may do what the route needs to (or `right`)."""
    needed = right or NEEDS[str(request.endpoint)]
    found = who().sight(needed) if isinstance(needed, Right) else None
    if found is None:
        raise _forbidden(needed)
    return found


def may(right: Right) -> bool:
    """Tell whether the user may do something at all: what a page need not offer to others."""
    signed_in = asked_by()
    return signed_in is not None and signed_in.sight(right) is not None


def has_own_pay() -> bool:
    """Tell whether there may be statements of the user themselves."""
    found = who().sight(Right.SEE_PAY) if asked_by() is not None else None
    return found is not None and bool(found.own)


def own_pay_alone() -> bool:
    """Tell whether the user sees nobody's pay but their own."""
    found = who().sight(Right.SEE_PAY)
    return found is not None and found.is_of_themselves


def texts() -> Texts:
    """Give how the reader of this request is written to: as their browser asks, or as they have chosen (`?lang=da`)."""
    if "texts" not in g:
        chosen = request.args.get("lang", "")
        if chosen in LANGUAGES and not is_api():
            session["lang"] = chosen
        asked = [tag for tag, _ in request.accept_languages]
        wanted = session.get("lang")
        g.texts = texts_for([*(tag for tag in asked if tag.startswith(wanted)), wanted] if wanted else asked)
    given: Texts = g.texts
    return given


def cookie_name() -> str:
    """Name the session's cookie: over TLS in a way that no other host can set."""
    return "syncd" if workplace().log_in.is_on_this_machine else "__Host-syncd"


def is_api() -> bool:
    """Tell whether a program asks."""
    return request.path.startswith("/api/v1")


def _settle() -> Response | None:
    """Find out who asks, and refuse what they may not do; each refusal is in the audit."""
    if request.endpoint is None:
        return None  # there is no such route, or it is asked otherwise: Flask says which
    _refuse_nul()
    need = NEEDS.get(request.endpoint)
    if need is None:
        raise Forbidden("this route is in no one's rights")
    if need is Anyone.AT_ALL and request.endpoint != "log_in.page":
        return None
    g.signed_in = _signed_in()
    if need is Anyone.AT_ALL:
        return None
    if g.signed_in is None:
        if is_api():
            raise Unauthorized("show a token: Authorization: Bearer syncd_...")
        return redirect(url_for("log_in.page", then=request.full_path.rstrip("?") if request.method == "GET" else None))
    (workplace().programs if is_api() else workplace().pages).let(str(who().user.id))
    if isinstance(need, Right) and who().sight(need) is None:
        raise _forbidden(need)
    return None


def _forbidden(need: Right | Anyone) -> Forbidden:
    told = f"{need.value.replace('_', ' ')} is not among the rights of {who().user.name}"
    _note(told)
    return Forbidden(told)


def note_refusal(error: SyncError) -> None:
    """Write down what the user was refused; nothing where they were not, or nobody is known to ask."""
    if isinstance(error, Refused) and asked_by() is not None:
        _note(error.message)


def _note(told: str) -> None:
    """Write down what a user was refused: which route, and of what that is a number of ours or a period."""
    sent = request.get_json(silent=True) if request.is_json else request.form.to_dict(flat=False)
    given = {**(sent if isinstance(sent, dict) else {}), **(request.view_args or {})}
    about = " ".join((request.method, str(request.url_rule), *ours(given.items())))
    with suppress(TryLater):  # that nothing can be written just now is not what went wrong
        note_refusals(world(), NEEDS[str(request.endpoint)].value, [(about, told)], actor())


def _refuse_nul() -> None:
    """Refuse a character that PostgreSQL keeps in no text, wherever it would be looked for or kept."""
    if "\0" in request.path:
        raise NotFound
    # of a body that is no form nothing is asked here: that would settle how large it may be, before its route does
    typed = request.form.items(multi=True) if request.mimetype in _FORMS else ()
    for name, given in (*request.args.items(multi=True), *typed):
        if "\0" in name + given:
            raise FixFile("a text holds a NUL character, which nothing is called by: leave it out")


def _signed_in() -> SignedIn | None:
    if is_api():
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        return by_token(world(), shown.strip()) if kind.lower() == "bearer" else None
    secret = request.cookies.get(cookie_name())
    return by_session(world(), secret) if secret else None


def refused(error: SyncError) -> tuple[int, str]:
    """Give the status that an error of ours comes to, and its title."""
    return {
        "mistake": (422, told("That cannot be done as it was asked")),
        "held": (409, told("Held")),
        "refused": (409, told("Refused")),
        "unreachable": (503, told("Try again later")),
    }.get(error.code, (500, told("Something went wrong")))
