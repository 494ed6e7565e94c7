"""Every page that a payee or a manager can open is whole in their language: no text is outside the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from calc.cause import Counted, Ground, cause
from syncd import texts as texts_module
from syncd.sentences import CAUSES
from syncd.texts import texts_for
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office
from tests.web.test_catalogue import HOUSE
from tests.web.test_statements import office  # noqa: F401 - a fixture
from tests.web.test_units import describe_units

#: What stands on pages and is nobody's language: names, ids, codes of plans and currencies, what a person wrote.
DATA = frozenset(
    ("Participant", "Sync", "Ann", "Bob", "Cid", "ann", "cid", "nobody", "reseller", "commission", "main", "USD", "Inc",
     "Ltd", "people", "inbox", "people.csv", "sales.csv", "hr", "ana", "ben", "PDF", "XLSX", "syncd", "users", "give",
     "ROLE", "root", "jan", "feb", "mar", "jun", "nov", "dec", "zzz", "none", "csv", "maj", "aug", "okt", "sep", "apr",
     "jul", "main:2026", "deals", "sales",
     "plans", "reseller.yaml",
     "West", "Coast", "Pacific", "Americas", "Area", "lead", "target", "org", "Gold", "Seat"),
)  # fmt: skip
#: Who opens what.
PAGES = {
    "ann": (
        "/statements", "/statements/P1/2026-01", "/statements/P1/2026-02", "/participants", "/participants?text=zzz",
        "/participants/P1", "/results?period=2026-01", "/results?period=2026-01&by=team",
        "/results?period=2026-01&plan=none", "/results?period=2026-03",
        "/units", "/units?text=zzz", "/units?as_of=2020-01-01", "/units/team/West", "/units/business_unit/AM",
        "/units/club/Gold", "/units/position/Seat/1",
    ),
    "cid": ("/statements/P1/2026-01", "/participants", "/participants/P1", "/results?period=2026-01"),
    "nobody": ("/",),
}  # fmt: skip
REFUSED = ("/nothing", "/pay", "/changes", "/statements/P9/2026-01", "/statements/P1/2026-03", "/participants/P9",
           "/participants?as_of=soon", "/units/team/Nowhere", "/units/gang/West", "/units?kind=gang")  # fmt: skip


#: How ids look (`syncd.names`).
ID = re.compile("[A-Z][0-9]+")


class Marked:
    """The Danish catalogue, in English: every text that it has can be told from what it has not."""

    def __init__(self) -> None:
        with (HOUSE / "syncd" / "locales" / "da.po").open("rb") as file:
            self._known = {one if isinstance(one, str) else one[0] for one in (each.id for each in read_po(file))}

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧" if text in self._known else text

    def ngettext(self, one: str, more: str, count: int) -> str:
        return f"⟦{one if count == 1 else more}⟧" if one in self._known else one


class Read(HTMLParser):
    """Everything that a reader of a page reads or hears, but what says that it is in another language."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        nobodys = tag in ("script", "style", "code", "kbd") or given.get("translate") == "no"
        if tag != "html" and ("lang" in given or nobodys or self._skipped):
            if tag not in ("input", "link", "meta", "br"):
                self._skipped.append(tag)
            return
        self.said += [given[name] or "" for name in ("placeholder", "aria-label", "title", "alt") if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and tag == self._skipped[-1]:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.said.append(data)


def untold(page: str) -> set[str]:
    """The words of a page that come from no catalogue and are no data."""
    reader = Read()
    reader.feed(page)
    text = "\n".join(reader.said)
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    words = re.findall(r"[^\W\d_][\w.']{2,}", text)
    return {plain for one in words if not ID.fullmatch(plain := one.rstrip("."))} - DATA


@pytest.fixture
def marked(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:  # noqa: F811 - the fixture
    """Danish is a language of marks; attributes of every kind are on file, and Ann is in units of each sort."""
    for unit in ("member:team:West=lead 60%; target=50000", "member:club:Gold=lead", "member:position:Seat/1=lead"):
        said = office.world.call("set", "E1", unit, "--from", "2026-02-01", "--reason", "x", "--as", "ana")
        assert said.code == 0, said.document
    assert office.world.approve(as_="ben").code == 0
    describe_units(office.world)
    said = office.world.call(
        "set",
        "E1",
        "title=Boss",
        "ote=50000",
        "hire_date=2025-06-01",
        "--from",
        "2026-02-01",
        "--reason",
        "x",
        "--as",
        "ana",
    )
    assert said.code == 0, said.document
    office.user("nobody")
    catalogue = Marked()
    monkeypatch.setattr(texts_module, "_catalogue", lambda _language: catalogue)
    return office


def test_every_page_of_a_payee_and_a_manager_is_in_their_language(marked: Office) -> None:
    found = {}
    for name, addresses in PAGES.items():
        visitor = marked.client(name)
        for address in (*addresses, *REFUSED):
            if name == "nobody" and address in REFUSED:
                continue
            answer = visitor.client.get(address, headers={"Accept-Language": "da"})
            assert answer.status_code == (200 if address in addresses else answer.status_code), (address, answer.text)
            assert '<html lang="da">' in answer.text, address
            if words := untold(answer.text) - {"Boss"}:
                found[name, address] = words
    assert found == {}
    assert untold(marked.client().get("/log-in?lang=da").text) == set()


def test_a_text_outside_the_catalogue_is_noticed() -> None:
    assert untold('<html lang="da"><p title="Look">⟦Hello ⟦you⟧⟧ Ann, <b>again</b> <i lang="en">yes</i></p>') == {
        "Look", "again",
    }  # fmt: skip


def test_what_made_the_difference_of_an_amount_is_told_in_danish() -> None:
    """Every sentence that there is, with values as a Dane writes them; ids of changes and names stay."""
    sold = Counted(date(2026, 1, 31), "sales", "S1", Decimal("1000.5"), "USD")
    other = replace(sold, key="S2")

    def told(before: Counted, now: Counted) -> str:
        return texts_for(["da"]).cause(cause(Ground((before,), "V1"), Ground((now,), "V1")))

    assert told(sold, replace(sold, amount=Decimal(90))) == "sales S1 rettet: 1.000,50\xa0USD -> 90,00\xa0USD"
    assert told(sold, replace(sold, day=date(2026, 2, 1))) == "sales S1 rettet: 31. jan. 2026 -> 1. feb. 2026"
    assert told(sold, replace(sold, rate=Decimal("1.25"))) == "kurs for USD den 31. jan. 2026: ingen -> 1,25"
    assert told(sold, replace(sold, share=Decimal("0.5"))) == "andel af sales S1: 100 % -> 50 %"
    assert told(replace(sold, quota=Decimal(9000)), sold) == "kvote den 31. jan. 2026: 9.000 -> ingen"
    both = Ground((sold,), "V1"), Ground((sold, other), "V1", ("C3", "C4"))
    assert texts_for(["da"]).cause(cause(*both)) == "C3, C4; sales S2 tæller nu med: 1.000,50\xa0USD"
    assert texts_for(["da"]).cause(cause(Ground((sold, other), "V1"), both[0])) == "sales S2 tæller ikke længere med"
    assert texts_for(["da"]).cause(cause(both[0], Ground((sold,), "V2"))) == "planversion V1 -> V2"
    assert "ændret" in texts_for(["da"]).cause(cause(both[0], both[0]))
    assert texts_for(["en"]).cause("sales S1 no longer counts") == "sales S1 no longer counts"
    assert len(CAUSES) == 8, "each is told above"


def test_days_numbers_and_moments_are_written_as_the_reader_writes_them(office: Office) -> None:  # noqa: F811 - the fixture
    said = office.world.call("set", "E1", "ote=50000.5", "--from", "2026-02-01", "--reason", "x", "--as", "ana")
    assert said.code == 0
    assert office.world.approve(as_="ben").code == 0
    visitor = office.client("ann")
    page = visitor.get("/participants/P1?lang=da").text
    for one in ("50.000,5", "1. feb. 2026", "målløn", "ansættelsesdato", "1. jun. 2025", "aktiv"):
        assert one in page, one
    assert "50,000.5" in visitor.get("/participants/P1?lang=en").text
    assert "Feb 1, 2026" in visitor.get("/participants/P1").text
