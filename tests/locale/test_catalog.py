"""The Spanish of Rightcall: complete, with the same values in both languages, and on the page nothing else."""

from __future__ import annotations

import datetime as dt
import html as escapes
import re
from pathlib import Path

import polars as pl
import pytest
from babel.messages.pofile import read_po

import rightcall
from rightcall import locale
from rightcall.calls import sample as city
from rightcall.calls.columns import AREA_LAYERS, CATEGORIES, FACTS, HAZARDS
from rightcall.calls.families import FAMILIES
from rightcall.calls.quality import SENTENCES, Finding
from rightcall.locale import Message, Share, Words, catalog
from rightcall.measures.catalogue import MEASURES
from rightcall.planning import first_plan, funding_reasons, hand_reading, outcomes
from rightcall.planning.lenses import UNMAPPED
from rightcall.planning.plan import Plan
from rightcall.planning.report import blocks, charts, contents, html, values
from rightcall.program import starter

ENGLISH, SPANISH = Words("en"), Words("es")
PO = Path(locale.__file__).parent / "es" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def said() -> dict[catalog.Id, str | tuple[str, ...]]:
    with PO.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="es") if message.id}


def each(ident: catalog.Id) -> tuple[str, ...]:
    return (ident,) if isinstance(ident, str) else tuple(ident)


# ------------------------------------------------------------------ the catalog


def test_the_catalog_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert catalog.main(["--check"]) == 0, capsys.readouterr().out


def test_every_message_has_spanish() -> None:
    assert said().keys() == catalog.find().keys()
    assert [ident for ident, string in said().items() if not all(each(string))] == []  # type: ignore[arg-type]


def test_nothing_in_the_catalog_is_fuzzy_dated_or_of_a_machine() -> None:
    for path in (PO, PO.parents[2] / "messages.pot"):
        text = path.read_text(encoding="utf-8")
        assert "fuzzy" not in text
        assert "-Date:" not in text
        assert str(Path(rightcall.__file__).parent) not in text


@pytest.mark.parametrize(("ident", "string"), said().items(), ids=lambda value: str(value)[:40])
def test_both_languages_hold_the_same_values_and_marks(ident: catalog.Id, string: str | tuple[str, ...]) -> None:
    for one, other in zip(each(ident), each(string), strict=True):  # type: ignore[arg-type]
        assert set(PLACEHOLDER.findall(one)) == set(PLACEHOLDER.findall(other))
        assert (one.count("{"), one.count("→")) == (other.count("{"), other.count("→"))
        assert one.count("“") <= other.count("“") == other.count("”")
        assert one.endswith(".") == other.endswith(".")
        assert (one == one.strip()) == (other == other.strip())


@pytest.mark.parametrize(
    "name",
    [
        *FAMILIES, UNMAPPED, *(name.replace("_", " ") for name in (*FACTS, *CATEGORIES)), *charts.DAYS, *values.MONTHS,
        *(blocks.layer_name(layer) for layer in AREA_LAYERS), "missing stamp", "out of order", "over a day",
        *(kind.replace("_", " ") for kind in outcomes.KINDS), *hand_reading.READERS, hand_reading.AGREED,
        hand_reading.VERDICT, hand_reading.YES, hand_reading.NO,
        *(text for m in MEASURES.values() for text in (m.title, m.numerator, m.denominator, m.why) if text),
    ],
)  # fmt: skip
def test_what_is_translated_by_name_is_in_the_catalog(name: str) -> None:
    assert said()[name]


def test_messages_are_found_where_they_are_written() -> None:
    source = """
A, B = N_("one"), N_("two " "parts") if x else N_(f"not {this}")
words.plural("a call", "{n} calls", n)
KINDS: tuple[str, ...] = ("by_name", "other")
_family("noise", "not this")
"""
    found = set(catalog.in_python(source, ["KINDS"]))
    assert found == {"one", "two parts", ("a call", "{n} calls"), "by name", "other", "noise"}
    page = '{{ words("Hello") }} {{ words({"k": "Yes", "l": "No"}[k]) }} {{ words.plural("one", "many", n) }} {{ x("no") }}'
    assert set(catalog.in_template(page)) == {"Hello", "Yes", "No", ("one", "many")}


def test_a_constant_that_is_gone_is_noticed() -> None:
    with pytest.raises(KeyError):
        list(catalog.in_python("A = 1", ["KINDS"]))


def test_a_translation_stays_and_a_message_that_is_gone_goes(tmp_path: Path) -> None:
    made, lacking = catalog.files({"yes": {"a.py"}, ("a call", "{n} calls"): {"b.py"}, "new": {"c.py"}}, PO)
    text = made["es/LC_MESSAGES/messages.po"].decode()
    assert 'msgid "yes"\nmsgstr "sí"' in text
    assert set(lacking) == {("a call", "{n} calls"), "new"}
    assert "council" not in text.split('msgid "yes"')[1]
    (tmp_path / "messages.po").write_bytes(made["es/LC_MESSAGES/messages.po"])
    assert catalog.files(catalog.find(), tmp_path / "absent.po")[1]
    again = catalog.files({"yes": {"a.py"}}, tmp_path / "messages.po")[0]
    assert again["es/LC_MESSAGES/messages.po"].decode().count("msgid") == 2


# ------------------------------------------------------------------ what Words says


def test_numbers_dates_and_shares_follow_the_language() -> None:
    day = dt.date(2025, 1, 5)
    assert (ENGLISH.value(day), SPANISH.value(day)) == ("January 5, 2025", "5 de enero de 2025")
    # Spanish in the United States writes 1,234.5, not 1.234,5.
    assert SPANISH.value(1234) == "1,234"
    assert SPANISH.value(1234.5) == "1,234.5"
    assert SPANISH.value(Share(0.214)) == "21%"
    assert [SPANISH.value(value) for value in (True, False, None)] == ["sí", "no", "desconocido"]
    assert SPANISH.value([Message("Mon"), 1, "x"]) == "lun, 1, x"


def test_every_finding_can_be_said_in_spanish() -> None:
    for code, (_, sentence) in SENTENCES.items():
        told = SPANISH.value(Message(sentence, dict.fromkeys(PLACEHOLDER.findall(sentence), 3)))
        assert "{" not in told, code
        assert told != ENGLISH.value(Message(sentence, dict.fromkeys(PLACEHOLDER.findall(sentence), 3)))


@pytest.mark.parametrize(
    ("finding", "spanish"),
    [
        (Finding("days_missing", {"n": 2, "first": "2025-02-14", "last": "2025-02-15"}), "del 14 de febrero de 2025 al 15 de febrero de 2025"),
        (Finding("days_thin", {"n": 7, "days": "2025-02-14, …"}), "7 (14 de febrero de 2025, …)"),
        (Finding("months_partial", {"months": "Jan 2025 (3/31), Aug 2025 (9/31), …", "n": 7}), "ene 2025 (3/31), ago 2025 (9/31), …"),
        (Finding("out_of_order", {"n": 1, "earlier": "arrived", "later": "cleared"}), "“unidad libre” antes de “llegada”: 1"),
        (Finding("stamp_missing", {"share": 0.042, "stamp": "en_route"}), "El 4.2%"),
        (Finding("hazards_blank", {"fact": "medical_emergency", "share": 0.5}), "“emergencia médica”"),
        (Finding("officer_initiated", {"n": 1200, "share": 0.5, "basis": "the type of call"}), "según el tipo de llamada: 1,200 llamadas"),
        (Finding("clock_corrected", {"column": "C", "clock": "utc digits", "checks": "hour, Other", "share": 1.0, "before": 0.1}), "“UTC”. De este modo coincide con hora, Other"),
        (Finding("not_read", {"n": 5, "reasons": "an open quote: 3; 5 fields where the header has 4: 2; a: b"}), "unas comillas sin cerrar: 3, 5 campos donde el encabezado tiene 4: 2, a: b"),
        (Finding("hazards_blank", {"fact": "{x}", "share": 0.5}), "“{x}”"),
        (Finding("labels_cut", {"column": "no", "length": 20, "example": "yes"}), "“no” parecen cortados a 20 letras, por ejemplo “yes”"),
    ],
)  # fmt: skip
def test_values_inside_findings_are_said_in_spanish_and_the_citys_words_are_left(
    finding: Finding, spanish: str
) -> None:
    assert spanish in SPANISH.value(values.worded(finding.message))


# ------------------------------------------------------------------ the report


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    place = tmp_path_factory.mktemp("millbrook")
    city.write(place / "calls.csv", place / "areas.geojson", seed=1, n=3000)
    starter.write_sample(place / "program.toml")
    (place / "work").mkdir()
    return first_plan.run(
        place, [place / "calls.csv"], work=place / "work", key=b"x", at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    )


def texts(page: str) -> list[str]:
    """What stands between the tags, and what screen readers say."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|aria-roledescription|title|alt)="([^"]*)"', body)
    return [escapes.unescape(text).strip() for text in (*re.split(r"<[^>]+>", body), *labels) if text.strip()]


@pytest.fixture(scope="module")
def spanish(plan: Plan) -> list[str]:
    return texts(html.render(contents.report(plan, Words("es")), Words("es")))


def test_a_report_in_spanish_holds_no_english_of_ours(plan: Plan, spanish: list[str]) -> None:
    program = {text for rule in plan.program.rule for text in (rule.id, rule.why)}
    program |= {each.title for each in plan.program.position} | {
        each.name for each in (*plan.program.fund, *plan.program.cost)
    }
    whole, parts = set(), set()
    for ident, string in said().items():
        for english, other in zip(each(ident), each(string), strict=True):  # type: ignore[arg-type]
            if english != other and english not in program:
                whole.add(english)
                parts |= {
                    piece.strip() for piece in PLACEHOLDER.sub("\n", english).split("\n") if len(piece.split()) > 2
                }
    assert [text for text in spanish if text in whole] == []
    assert [(text, piece) for text in spanish for piece in parts if piece in text and text not in program] == []


def test_a_report_in_spanish_has_none_of_the_commonest_english_words(plan: Plan, spanish: list[str]) -> None:
    english = re.compile(
        r"\b(the|of|and|which|because|calls?|hours?|days?|months?|neighbors?|hazards?|share|unknown|warning|note|ours|"
        r"minutes|nine of ten|January|February|Mon|Tue|Wed|Thu|Jan|Aug|Dec|district|beat|kind|order|value)\b",
        re.IGNORECASE,
    )
    # The program's own words, the city's own words and the names of files stay as they are.
    own = [text for rule in plan.program.rule for text in (rule.id, rule.why)] + [e.source for e in plan.program.expect]
    own += [team.name for team in plan.program.team] + [
        text for variant in plan.program.variant for text in (variant.id, variant.comment)
    ]
    own += [text for p in plan.program.position for text in (p.title, p.reports_to, p.source)] + [
        t.source for t in plan.program.target
    ]
    money = [*plan.program.cost, *plan.program.fund]
    own += [text for each in money for text in (each.name, each.source)] + [e.id for e in plan.program.home_option]
    own += [person.name for person in plan.program.stakeholder] + [
        comparator.source for comparator in funding_reasons.COMPARATORS
    ]
    own += ["Mental Health Center of Denver", "City of Durham", "City of Phoenix", "The Olympian", "City of Seattle"]
    own += ["calls.csv", "area_beat.csv", "DISTRICT", *plan.program.unknowns(), *plan.tables["types"]["type"]]
    for text in spanish:
        for known in sorted(filter(None, own), key=len, reverse=True):
            text = text.replace(known, "")
        assert not english.search(re.sub(r"tables/\w+\.csv", "", text)), text


def test_a_report_in_spanish_says_numbers_and_dates_in_spanish(plan: Plan) -> None:
    page = html.render(contents.report(plan, Words("es")), Words("es"))
    shown = " ".join(texts(page))
    assert '<html lang="es">' in page
    assert "del 1 de enero de 2025 al 31 de diciembre de 2025" in shown
    assert "Hecho el 2 de enero de 2026" in shown
    assert f"de {SPANISH.value(int(plan.totals['calls']))} en total" in shown
    for word in (
        "llamadas del público",
        "nuestras por su naturaleza",
        "como máximo",
        "distrito del concejo",
        "lun",
        "bienestar",
    ):
        assert word in shown


def test_a_report_in_english_is_as_it_was(plan: Plan) -> None:
    shown = " ".join(texts(html.render(contents.report(plan, Words("en")), Words("en"))))
    for word in ("calls from the public", "ours by nature", "council district", "January 1, 2025", "Mon", "welfare"):
        assert word in shown


def test_the_workbook_in_spanish_names_sheets_and_answers_as_they_are_read_back(tmp_path: Path) -> None:
    import fastexcel

    row = {"call_id": "1", "incident_number": "1", "received_at": dt.datetime(2025, 1, 5, tzinfo=dt.UTC), "first_type": "X",
           "family": "welfare", "missing": HAZARDS[0]}  # fmt: skip
    path = tmp_path / "sample.xlsx"
    hand_reading.write_workbook(pl.DataFrame([row]), path, time_zone="UTC", program="CARE", words=SPANISH)
    book = fastexcel.read_excel(str(path))
    lines = book.load_sheet(0, header_row=None).to_polars().to_series().to_list()
    assert book.sheet_names == ["Léame", *hand_reading.READERS, hand_reading.AGREED]
    told = " ".join(lines)
    for name in (f"“{hand_reading.AGREED}”", "“missing”", f"“{hand_reading.YES}”", f"“{hand_reading.NO}”"):
        assert name in told


@pytest.mark.parametrize("word", ["{x}", "{0.__class__}", "}{", "%s"])
def test_somebodys_own_braces_are_said_as_they_are(word: str) -> None:
    assert Words("es")(word) == word
    assert str(Message(word)) == word
    assert Words("es").value(Message("“{event}” happens", {"event": Message(word)})) == f"“{word}” happens"
