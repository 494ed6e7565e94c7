"""Sentences in another language name what they named: nothing of a name is changed, and no text takes long or fails."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from api.telling import sentence, tell, tell_refused
from domain.errors import FixFile
from domain.match import _who
from domain.record import Candidate, MappedRecord
from domain.whose import Opinion, disagreement
from syncd.pay.adjust import _amount
from syncd.sentences import KEPT
from syncd.texts import texts_for
from tests.web.conftest import Office

DA = texts_for(["da"])
#: Names as somebody might give them: like numbers, days that are none, words of the catalogue, markup and holes.
NAMES = (
    "007", "1,234", "2026-02-30", "0000-00-00", "up", "decide", "none", "policy", "{}", "{0}", "%s", "%(name)s",
    "<img src=x onerror=1>", "a was not approved: it is approved already", "C1 of C2: C3", ", approved.",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_as_it_is(name: str) -> None:
    assert DA.sentence(f"nobody you see is known as {name}") == f"ingen, du kan se, er kendt som {name}"
    assert DA.sentence(f"policy of feed {name}", KEPT) == f"politik for feed {name}"
    assert DA.sentence(f"{name} has no path W1") == f"{name} har ingen sti W1"
    assert DA.rule(f"rate of {name}, V1") == f"sats for {name}, V1"


def test_a_day_and_a_count_are_written_as_the_reader_does_and_a_right_is_said() -> None:
    assert DA.sentence("2026-02-28 is over: name today or a later day.") == (
        "28. feb. 2026 er forbi: angiv i dag eller en senere dag."
    )
    assert DA.sentence("1,234 more were not approved.") == "1.234 til blev ikke godkendt."
    assert DA.sentence("decide is not among the rights of decide") == "afgøre er ikke blandt rettighederne for decide"


def test_what_a_person_wrote_is_no_sentence_of_syncd() -> None:
    for words in ("it is approved already", "its worker was stopped", "4 rejected.", "out of scope"):
        assert DA.sentence(words, KEPT) is None
    assert DA.sentence("approved as C7", KEPT) == "godkendt som C7"


@pytest.mark.parametrize(
    "piece",
    [" of x: ", "x fits several people (", "C1 was not approved: ", "; C1, approved by ", " is that of b, and "],
)
def test_a_text_is_read_once_however_long_it_is(piece: str) -> None:
    """Where holes were tried in all their lengths, this would not end."""
    text = piece * (100_000 // len(piece))
    assert (DA.sentence(text), DA.rule(text), DA.cause(text)) == (None, None, text)


def test_a_step_says_why_it_was_decided_in_the_words_of_who_did() -> None:
    assert DA.rule("on plan reseller from 2021-09-01; C2, approved by dana on 2026-01-05 (B1): First load") == (
        "på plan reseller fra 1. sep. 2021; C2, godkendt af dana den 5. jan. 2026 (B1): First load"
    )
    assert DA.rule("on plan x from 2021-09-01 until 2021-12-31; C2, approved by dana on 2026-01-05 (B1)") == (
        "på plan x fra 1. sep. 2021 til og med 31. dec. 2021; C2, godkendt af dana den 5. jan. 2026 (B1)"
    )
    assert DA.rule("who knows; C2, approved by dana on 2026-01-05 (B1): First load") is None


def test_a_step_says_what_was_recomputed_and_why() -> None:
    why = "sales B-1004 corrected: 12197.78 EUR -> 7150.00 EUR"
    for whole, said in (("", ""), (", shown whole", ", vist i sin helhed")):
        assert DA.rule(f"recomputed for 2026-02, less all booked for it{whole}: {why}") == (
            f"genberegnet for 2026-02, fratrukket alt, der er bogført for den{said}: "
            "sales B-1004 rettet: 12.197,78\xa0EUR -> 7.150,00\xa0EUR"
        )


def test_what_changed_since_a_rejection_is_said_as_the_reader_does() -> None:
    english = texts_for(["en"])
    assert english.moved("hire_date 2025-11-01 -> 2026-03-01") == "hire date Nov 1, 2025\xa0→ Mar 1, 2026"
    assert DA.moved("hire_date 2025-11-01 -> nothing") == "ansættelsesdato 1. nov. 2025\xa0→ intet"
    assert DA.moved("eligible nothing -> true") == "provisionsberettiget intet\xa0→ ja"
    assert DA.moved("job_code S1 -> S -> 2") == "stillingskode S1\xa0→ S -> 2"


@pytest.mark.parametrize("language", ["en", "da"])
def test_no_name_is_markup_wherever_it_is_told(office: Office, language: str) -> None:
    """A name in what is told of an act, and in a sentence that has no text."""
    name = "<img src=x onerror=1>{}%s"
    with office.app.test_request_context(f"/?lang={language}") as asked:
        tell("{} is answered.", name)
        tell_refused("{} is left as it is: {}", name, f"{name} is strange")
        unknown = sentence(f"{name} is strange")
        told = [office.app.jinja_env.from_string("{{ one }}").render(one=text) for _, text in asked.session["_flashes"]]
    for text in (*told, Markup("{}").format(unknown)):
        assert "&lt;img src=x onerror=1&gt;{}%s" in text
        assert "<img" not in text
    assert ('<span lang="en">' in told[1]) is (language == "da")


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("125,50", "GBP", "'125,50' er ikke et beløb: skriv 1250.00 eller -1250.00"),
        ("1.234", "EUR", "'1.234': EUR har 2 decimaler, skriv 1250.00"),
        ("1.5", "JPY", "'1.5': JPY har ingen decimaler, skriv 1250"),
        ("1", "kroner", "'kroner' er ikke en valuta: skriv tre store bogstaver, USD"),
        ("0", "USD", "'0' er ikke et beløb, der kan udbetales"),
    ],
)
def test_why_an_amount_is_refused_is_told_in_danish(text: str, currency: str, said: str) -> None:
    with pytest.raises(FixFile) as refused:
        _amount(text, currency)
    assert DA.sentence(refused.value.message) == said


def test_a_page_in_another_language_is_still_what_was_asked_for(office: Office) -> None:
    office.user("dana", "comp_admin")
    asked = "/changes?text=%22%3E%3Ci%3E&kind=add&kind=move&_scheme=ftp"
    page = office.client("dana").get(f"{asked}&lang=en").text
    there = f"{asked}&lang=da".removeprefix("/changes").replace("&", "&amp;")
    assert f'<a href="{there}" hreflang="da"' in page
    assert 'href="?then=%2Fruns&amp;lang=da"' in office.client().get("/log-in?then=/runs").text


def test_a_question_is_asked_in_danish_whole_and_names_what_it_named() -> None:
    """Of a value that reads like what a source says, too."""
    said = (Opinion("crm", "O'Neil's"), Opinion("erp", None), Opinion("hr", "x; y says z, a bag; y says z"))
    record = MappedRecord("people", "7", 1, "people.csv:2", {"email": "a.b@c.example"})
    for name, danish in (("title", "titel"), ("ote", "målløn")):
        asked = disagreement(record, 8, name, said).question
        assert DA.sentence(asked) == (
            f"{danish} for P8: crm siger 'O'Neil's'; erp siger intet; "
            f"hr siger 'x; y says z, a bag; y says z'. Hvilken gælder? "
            f"En rækkefølge af kilder for {name} ville afgøre det for alle"
        )
    found = [Candidate(person, None, "email", {}) for person in (1, 2)]
    assert DA.sentence(_who(record, "email", found).question) == (
        "e-mail a.b@c.example passer på flere personer (P1, P2): hvem er det?"
    )
    assert DA.sentence(_who(record, "email", found[:1]).question) == (
        "e-mail a.b@c.example hører til P1, og det er sagt, at denne post ikke er P1: hvem er det?"
    )


@pytest.mark.parametrize("piece", ["; a says 'b", "'; a says 'b", "; a says ", "' "])
def test_what_sources_say_is_read_once_however_long_it_is(piece: str) -> None:
    """Where it seems to end early, too, so that no quote closes what seems to begin."""
    end = "; hr says nothing. Which holds? An order of sources for x"
    said = (Opinion("crm", piece * (1_000_000 // len(piece)) + end), Opinion("hr", None))
    question = disagreement(MappedRecord("people", "7", 1, "people.csv:2", {}), 8, "title", said).question
    assert (DA.sentence(question) or "").startswith("titel for P8: crm ")
