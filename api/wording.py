"""How values look on pages: what a template may say of changes, moments and people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Flask, request

from api.asking import has_own_pay, own_pay_alone, texts, world
from api.forms import ticked, typed
from api.telling import sentence
from domain.change import UNSEEN, Change, Difference, Ending, Kind
from domain.value import Value
from syncd.catalogue import told
from syncd.names import shown
from syncd.pay.statement_files import hidden_note, node_value, reached, sums_of
from syncd.sentences import DOING, FEEDS, KEPT, MADE

#: What is seen first of a change; the others follow by name.
_FIRST = ("status", "title", "team", "territory", "manager", "plans", "country", "ote")
#: Of somebody new, so many values stand in the row; all of them on their page.
_SHOWN = 6


#: What is said of a check before a submit (`syncd.pay.checks`) where nothing is in the way.
_CHECKED = {
    "state": told("nobody has submitted it yet"),
    "period": told("its last day is over"),
    "others": told("it fits beside the other pay runs"),
    "adjustments": told("no adjustment waits for a decision"),
    "changes": told("no change of its days waits for a decision"),
    "results": told("the results are what is known now"),
}


def word(app: Flask) -> None:
    """Give an application's templates their words."""
    app.jinja_env.filters.update(
        value=value,
        differences=differences,
        ending=ending,
        lines=str.splitlines,
        sentence=sentence,
        say=lambda given: texts().say(given),
        doing=lambda given: texts().sentence(given, DOING) or given,
        feed=lambda given: texts().sentence(given, FEEDS) or given,
        known=lambda given: texts().sentence(given, KEPT) or given,
        made=lambda given: texts().sentence(given, MADE) or given,
    )
    app.jinja_env.filters.update(
        code=lambda code: texts().code(code), cause=lambda given: texts().cause(given),
        money=lambda amount, currency: texts().money(amount, currency),
        localday=lambda day: texts().day(day), localmoment=lambda given: texts().moment(local(given)),
        attribute=lambda name: texts().attribute(name), moved=lambda told: texts().moved(told), said=said,
        localnumber=lambda given: texts().number(given),
        step_value=lambda node: node_value(node, texts()), sums_of=sums_of,
        hidden_note=lambda document: hidden_note(document, texts()), reached=lambda line: reached(line, texts()),
        last_day=lambda end: end - timedelta(1),
    )  # fmt: skip
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
        lambda text: texts().get(text), lambda *told: texts().several(*told), newstyle=True
    )
    app.jinja_env.globals.update(texts=texts, checked=_CHECKED, has_own_pay=has_own_pay, own_pay_alone=own_pay_alone,
                                 typed=typed, ticked=ticked, same_in=same_in)  # fmt: skip


def same_in(language: str) -> str:
    """Give the address of the page that is looked at, with all that it asks for, in a language."""
    asked = [(name, given) for name, given in request.args.items(multi=True) if name != "lang"]
    return f"?{urlencode([*asked, ('lang', language)])}"


def value(given: Value, names: Mapping[str, str] | None = None) -> str:
    """Say a value; nothing where there is none."""
    return "" if given is None else shown(given, names or {})


def said(given: Value, name: str, names: Mapping[str, str] | None = None) -> str:
    """Say a value of an attribute in the reader's language, a day or a number as their locale writes it."""
    plain = value(given, names)
    found = texts().value(name, given) if isinstance(given, str) else None
    return plain if found is None else found


def local(given: datetime | None) -> datetime | None:
    """Give a moment in the zone of the calendar."""
    return given.astimezone(world().workspace.calendar.timezone) if given is not None else None


def differences(change: Change, limit: int | None = _SHOWN) -> tuple[list[Difference], int]:
    """Give what differs, what is seen first first, at most `limit` of an add; and how many more there are."""
    found = sorted(
        change.differences,
        key=lambda item: (_FIRST.index(item.attribute) if item.attribute in _FIRST else 99, item.attribute),
    )
    shown_first = found if limit is None or change.kind is not Kind.ADD else found[:limit]
    return shown_first, len(found) - len(shown_first)


def ending(change: Change) -> str:
    """Say why an employment would end, where no record states it."""
    return texts().attribute(change.ending) if change.ending in (*UNSEEN, Ending.ADMIN) else ""
