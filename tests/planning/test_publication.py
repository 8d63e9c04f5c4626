"""The publication: page, PDF, workbook and JSON say the same to the cent, in both languages, to everybody."""

from __future__ import annotations

import datetime as dt
import html as escapes
import io
import json
import re
import shutil
import subprocess
import tomllib
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import page as pdf_checker
import pypdf
import pytest

from rightcall.calls import sample as city
from rightcall.locale import LANGUAGES, Message, Money, Words
from rightcall.planning import first_plan
from rightcall.planning.plan import Plan
from rightcall.planning.report import blocks, contents, folder, pdf, xlsx
from rightcall.planning.report.blocks import Figure, Report, Section, Table
from rightcall.planning.worksheet import Answer
from rightcall.program import starter

AT = dt.datetime(2026, 11, 23, 9, 30, 15, 250, tzinfo=dt.UTC)
EVIL = '#panic("x") $ *b* _i_ `c` @ref <tag> \\ [x] =SUM(A1) {n} // /* "'


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Millbrook, small; a source of money and an answer hold what would be commands elsewhere."""
    place = tmp_path_factory.mktemp("millbrook")
    city.write(place / "calls.csv", place / "areas.geojson", seed=1, n=3_000)
    text = starter.sample_text().replace('name = "County share"', f"name = {json.dumps(EVIL)}")
    assert tomllib.loads(text)["fund"][1]["name"] == EVIL
    (place / "program.toml").write_text(text)
    made = first_plan.run(place, [place / "calls.csv"], work=tmp_path_factory.mktemp("work"), at=AT)
    return replace(made, worksheet=made.worksheet.with_answer(Answer(id="2.1", answer=EVIL, responsible="=Sam")))


@pytest.fixture(scope="module")
def folders(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {}
    for language in LANGUAGES:
        made[language] = tmp_path_factory.mktemp(language)
        folder.write(plan, made[language], language=language)
    return made


def told(folders: dict[str, Path], language: str = "en") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folders[language] / "plan.json").read_text())
    return found


# ------------------------------------------------------------------ what an accessible PDF must be


def elements(reader: pypdf.PdfReader) -> Iterator[Any]:
    """Every element of the tag tree."""
    root = reader.trailer["/Root"]
    waiting = [root["/StructTreeRoot"]] if "/StructTreeRoot" in root else []
    while waiting:
        element = waiting.pop().get_object()
        if not isinstance(element, dict):
            continue
        yield element
        kids = element.get("/K", [])
        kids = kids.get_object() if hasattr(kids, "get_object") else kids
        waiting += list(kids) if isinstance(kids, list) else [kids]


def tagged(element: Any) -> str:
    return str(element.get("/S", ""))


def kids(element: Any) -> list[Any]:
    found = element.get("/K", [])
    found = found.get_object() if hasattr(found, "get_object") else found
    return [
        kid.get_object() if hasattr(kid, "get_object") else kid
        for kid in (found if isinstance(found, list) else [found])
    ]


def within(element: Any, name: str) -> bool:
    return any(isinstance(kid, dict) and (tagged(kid) == name or within(kid, name)) for kid in kids(element))


def complaints(path: Path, *, language: str) -> list[str]:
    """What Typst lets pass: no language, no title, tables without header cells, pictures without words, no bookmarks."""
    reader = pypdf.PdfReader(path)
    root, found = reader.trailer["/Root"], []
    if str(root.get("/Lang", ""))[:2] != language:
        found.append(f"language {root.get('/Lang')}")
    if not (reader.metadata and reader.metadata.title):
        found.append("no title")
    if not reader.outline:
        found.append("no bookmarks")
    every = list(elements(reader))
    if not every:
        found.append("no tags")
    found += ["a table without header cells" for each in every if tagged(each) == "/Table" and not within(each, "/TH")]
    found += [
        "a picture without words"
        for each in every
        if tagged(each) == "/Figure" and not str(each.get("/Alt", "")).strip()
    ]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_for_everybody(folders: dict[str, Path], language: str) -> None:
    path = folders[language] / "report.pdf"
    report = pdf_checker.validate_pdf(str(path), profile="ua1")
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant
    assert complaints(path, language=language) == []
    every = list(elements(pypdf.PdfReader(path)))
    counted = Counter(tagged(each) for each in every)
    assert counted["/Figure"] >= 12
    assert counted["/Table"] >= 20
    assert counted["/H1"] == 1
    assert counted["/H2"] >= 7


def test_bookmarks_are_the_chapters(folders: dict[str, Path], plan: Plan) -> None:
    def titles(outline: Any) -> Iterator[str]:
        for each in outline:
            if isinstance(each, list):
                yield from titles(each)
            else:
                yield each.title

    report = contents.report(plan, Words("en"))
    said = list(titles(pypdf.PdfReader(folders["en"] / "report.pdf").outline))
    for section in report.sections:
        assert Words("en").value(section.title) in said


def test_every_font_is_the_one_font_and_lies_within(folders: dict[str, Path]) -> None:
    names = set()
    for sheet in pypdf.PdfReader(folders["en"] / "report.pdf").pages:
        for font in sheet["/Resources"].get("/Font", {}).values():
            inner = font.get_object()
            base = inner["/DescendantFonts"][0].get_object()
            assert any(name in base["/FontDescriptor"].get_object() for name in ("/FontFile2", "/FontFile3"))
            names.add(str(inner["/BaseFont"]))
    assert {re.sub(r"^/[A-Z]{6}\+", "", name).split("-")[0] for name in names} == {"FiraSans"}


def test_our_own_check_finds_what_typst_lets_pass(folders: dict[str, Path], tmp_path: Path) -> None:
    import typst

    source = '#set document(title: "t")\n#set text(lang: "en")\n= Head\n#table(columns: 2, [a], [b], [c], [d])\n'
    (tmp_path / "t.typ").write_text(source)
    (tmp_path / "t.pdf").write_bytes(typst.compile(str(tmp_path / "t.typ"), pdf_standards=["ua-1"]))
    assert complaints(tmp_path / "t.pdf", language="en") == ["a table without header cells"]
    assert complaints(tmp_path / "t.pdf", language="es")[0].startswith("language")


@pytest.mark.parametrize("key", ["/MarkInfo", "/StructTreeRoot", "/Metadata"])
def test_the_independent_checker_finds_what_is_taken_away(folders: dict[str, Path], tmp_path: Path, key: str) -> None:
    writer = pypdf.PdfWriter(clone_from=folders["en"] / "report.pdf")
    del writer._root_object[pypdf.generic.NameObject(key)]
    writer.write(tmp_path / "broken.pdf")
    assert not pdf_checker.validate_pdf(str(tmp_path / "broken.pdf"), profile="ua1").is_compliant


def test_what_a_city_wrote_is_never_a_command(folders: dict[str, Path]) -> None:
    text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(folders["en"] / "report.pdf").pages)
    flat = re.sub(r"\s+", "", text)
    assert re.sub(r"\s+", "", '#panic("x")$*b*_i_`c`@ref<tag>\\[x]') in flat
    book = openpyxl.load_workbook(folders["en"] / "plan.xlsx")
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"}
    assert {EVIL, "=Sam"} <= texts
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or sheet.title == "Budget"


def test_letters_that_the_font_lacks_are_marked_and_stop_nothing() -> None:
    report = Report("接受 Zoë", "line\u2028break \U0001f600", Section("first", "x", ("ﬁve Łódź",)), ())
    made = pdf.render(report, Words("en"), at=AT, author="Millbrook")
    assert pdf_checker.is_pdf_compliant_bytes(made, profile="ua1")
    text = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(made)).pages)
    assert "Zoë" in text
    assert "Łódź" in text
    assert "lacks some letters, which stand as ▯; report.html shows them" in text
    plain = pdf.render(Report("Zoë", "s", Section("first", "x", ()), ()), Words("en"), at=AT, author="M")
    assert "lacks some letters" not in pypdf.PdfReader(io.BytesIO(plain)).pages[-1].extract_text()


def test_a_report_that_typst_refuses_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    def refuses(*_: Any, **__: Any) -> bytes:
        raise RuntimeError("missing alt text")

    monkeypatch.setattr(typst, "compile", refuses)
    report = Report("t", "s", Section("first", "x", ("y",)), ())
    with pytest.raises(pdf.PdfError, match="cannot be set as UA-1: missing alt text"):
        pdf.render(report, Words("en"), at=AT, author="Millbrook")


# ------------------------------------------------------------------ the same to the cent in every view


def shown(folders: dict[str, Path], language: str) -> str:
    page = (folders[language] / "report.html").read_text(encoding="utf-8")
    return escapes.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def rows(told: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Name and amounts of every row of the budget that is known in all years."""
    money = told["funding"]
    named = [(line["name"], line["dollars"]) for line in money["lines"]]
    named += [(source["name"], source["pays"]) for source in money["sources"]]
    said = [(name, [f"${float(each):,.2f}" for each in years]) for name, years in named if None not in years]
    return [(name, ["–" if each == "$0.00" else each for each in years]) for name, years in said]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_pdf_hold_every_row_of_the_json(folders: dict[str, Path], language: str) -> None:
    every = rows(told(folders, language))
    assert sum(len(years) for _, years in every) > 60
    text = re.sub(r"\s+", "", shown(folders, language))
    sheets = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(folders[language] / "report.pdf").pages)
    # A hyphen at the end of a printed line is a soft one.
    paper = re.sub(r"\s+", "", sheets.replace("\u00ad", "-"))
    for name, years in every:
        if name == EVIL:
            continue
        row = re.compile(re.escape(re.sub(r"\s+", "", name)) + r".{0,40}?" + re.escape("".join(years)))
        assert row.search(text), (name, years)
        assert row.search(paper), (name, years)


def budget(path: Path, *, values: dict[str, float]) -> dict[str, list[float]]:
    """Amounts by row of the budget's sheet, by the names that stand in front; `values` by cell."""
    sheet = openpyxl.load_workbook(path)["Budget"]
    found = {}
    for row in range(1, sheet.max_row + 1):
        name = sheet.cell(row, 1).value
        cells = [sheet.cell(row, column) for column in range(15, 20)]
        if name and all(cell.data_type in ("f", "n") and cell.value is not None for cell in cells):
            found[str(name)] = [
                values[cell.coordinate] if cell.data_type == "f" else float(cell.value) for cell in cells
            ]
    return found


def by_formulas(path: Path) -> dict[str, float]:
    """The formulas of the budget's sheet, recomputed by a library of formulas."""
    import formulas

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        solved = formulas.ExcelModel().loads(str(path)).finish().calculate()
    mark = f"'[{path.name}]BUDGET'!"
    return {
        str(name).removeprefix(mark): float(cell.value[0, 0]) for name, cell in solved.items()
        if str(name).startswith(mark) and ":" not in str(name) and isinstance(cell.value[0, 0], (int, float))
    }  # fmt: skip


def by_libreoffice(path: Path, work: Path) -> dict[str, float]:
    """The same, recomputed by LibreOffice."""
    asked = ["soffice", "--headless", f"-env:UserInstallation={(work / 'profile').as_uri()}", "--convert-to", "ods", "--outdir", str(work), str(path)]  # fmt: skip
    subprocess.run(asked, check=True, capture_output=True, timeout=180)
    again = work / "again"
    again.mkdir()
    asked[4:8] = ["xlsx", "--outdir", str(again), str(work / f"{path.stem}.ods")]
    subprocess.run(asked[:4] + asked[4:], check=True, capture_output=True, timeout=180)
    sheet = openpyxl.load_workbook(again / f"{path.stem}.xlsx", data_only=True)["Budget"]
    return {cell.coordinate: float(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, (int, float))}  # fmt: skip


def agree(found: dict[str, list[float]], told: dict[str, Any]) -> None:
    money = told["funding"]
    for line in money["lines"]:
        assert found[line["name"]] == [float(each or 0) for each in line["dollars"]], line["name"]
    for source in money["sources"]:
        assert found[source["name"]] == [float(each) for each in source["pays"]]
    assert found["All costs that are known"] == [float(each) for each in money["cost"]]
    assert found["Nobody yet: the gap"] == [float(each) for each in money["gap"]]


def test_the_workbook_holds_no_macro_and_asks_for_nothing_outside(folders: dict[str, Path]) -> None:
    with zipfile.ZipFile(folders["en"] / "plan.xlsx") as packed:
        names = packed.namelist()
    assert [
        name for name in names if re.search(r"vba|macro|externalLink|activeX|connections", name, re.IGNORECASE)
    ] == []


def test_the_workbooks_formulas_give_the_same_cents(folders: dict[str, Path]) -> None:
    path = folders["en"] / "plan.xlsx"
    agree(budget(path, values=by_formulas(path)), told(folders))
    cached = openpyxl.load_workbook(path, data_only=True)["Budget"]
    values = {cell.coordinate: cell.value for row in cached.iter_rows() for cell in row if cell.value is not None}
    agree(budget(path, values=values), told(folders))


def test_a_salary_that_is_changed_moves_the_gap(folders: dict[str, Path], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(folders["en"] / "plan.xlsx")
    sheet = book["Budget"]
    row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 1).value == "Program director")
    assert sheet.cell(row, 4).value == 98_000
    sheet.cell(row, 4).value *= 1.1
    book.save(tmp_path / "plan.xlsx")
    found, money = budget(tmp_path / "plan.xlsx", values=by_formulas(tmp_path / "plan.xlsx")), told(folders)["funding"]
    more = float(next(line for line in money["lines"] if line["name"] == "Program director")["dollars"][0]) / 10
    assert found["Nobody yet: the gap"][0] == pytest.approx(float(money["gap"][0]) + more, abs=0.02)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed here.")
def test_libreoffice_opens_the_workbook_and_finds_the_same_cents(folders: dict[str, Path], tmp_path: Path) -> None:
    path = folders["en"] / "plan.xlsx"
    agree(budget(path, values=by_libreoffice(path, tmp_path)), told(folders))


def numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d[\d,.]*\d|\d", text))


def test_spanish_and_english_hold_the_same_figures(folders: dict[str, Path]) -> None:
    cells = {}
    for language in LANGUAGES:
        page = (folders[language] / "report.html").read_text(encoding="utf-8")
        found = re.findall(r'<td class="n">(.*?)</td>|<div class="figure[^"]*"><b>(.*?)</b>', page)
        cells[language] = Counter(number for pair in found for text in pair for number in numbers(text).elements())
    assert cells["en"] == cells["es"]
    assert sum(cells["en"].values()) > 1_000
    assert told(folders, "es")["funding"] == told(folders, "en")["funding"]


def test_the_first_page_of_the_pdf_is_one_page_of_answer(folders: dict[str, Path]) -> None:
    for language, second in (("en", "Contents"), ("es", "Contenido")):
        sheets = pypdf.PdfReader(folders[language] / "report.pdf").pages
        assert second in sheets[1].extract_text()
        first = sheets[0].extract_text()
        assert {"en": "Funding sources:", "es": "Fuentes de financiamiento:"}[language] in re.sub(r"\s+", " ", first)


def test_a_longer_answer_gives_way_until_it_is_one_page(plan: Plan) -> None:
    report = contents.report(plan, Words("es"))
    longer = [f"Una frase más larga que las otras, la número {k}, para llenar la página." for k in range(14)]
    first = replace(report.first_page, blocks=(*report.first_page.blocks, longer))
    made = pdf.render(replace(report, first_page=first), Words("es"), at=AT, author="Millbrook")
    sheets = pypdf.PdfReader(io.BytesIO(made)).pages
    assert "la número 13" in sheets[0].extract_text()
    assert "Contenido" in sheets[1].extract_text()
    assert pdf_checker.is_pdf_compliant_bytes(made, profile="ua1")


def table(report: Report, title: str) -> list[dict[str, str]]:
    """Rows of the table of a report that has a column of this title."""
    for section in report.sections:
        for block in section.blocks:
            titles = [str(each) for each in block.titles] if isinstance(block, Table) else []
            if title in titles:
                return [dict(zip(titles, map(str, row), strict=True)) for row in block.rows]
    raise AssertionError(title)


def test_every_assumption_of_three_questions_stands_with_its_source_and_certainty(plan: Plan) -> None:
    report = contents.report(plan, Words("en"))
    model = {row["input"]: (row["source"], row["certainty"]) for row in table(report, "likeliest")}
    assert model["calls at the desk that need no visit"][1] == "published, of another place"
    assert model["minutes to write the record, mean"] == ("assumed; nobody published a figure", "assumed; no source")
    people = {row["assumption"]: row["certainty"] for row in table(report, "assumption")}
    assert {"stated in the program", "assumed; no source"} <= set(people.values())
    budget = {row["what the budget rests on"]: row for row in table(report, "what the budget rests on")}
    assert budget["pay of Program director"]["value"] == "$98,000 to $128,000 a year"
    assert budget["people who live here"]["certainty"] in (
        "stated in the program",
        "stated in the program without a source",
    )
    for row in budget.values():
        assert row["certainty"] == "unknown" or row["value"] != "unknown"
        assert row["certainty"] != "stated in the program" or row["source"] != "none stated"


def test_a_column_of_figures_is_one_without_words() -> None:
    rows = ((1, "a", None, Money(5)), ("–", "b", 2, Message("{low} to {high}", {"low": 1, "high": 2})))
    assert Table(("w", "x", "y", "z"), rows).figures == (True, False, True, True)
    assert Table(("w",), ()).figures == (False,)
    assert Table(("w",), (("–",), (None,))).figures == (False,)
    assert blocks.is_figure(True) is False


def test_a_plan_without_money_is_published_too(plan: Plan, tmp_path: Path) -> None:
    bare = replace(plan, funding=None, home=None, people=None, comparison=None)
    report = contents.report(bare, Words("en"))
    xlsx.write(bare, report, tmp_path / "plan.xlsx", words=Words("en"))
    assert openpyxl.load_workbook(tmp_path / "plan.xlsx").sheetnames == [
        "Answer",
        "Worksheet",
        "Checklist",
        "as written",
    ]
    made = pdf.render(report, Words("en"), at=AT, author="Millbrook")
    assert pdf_checker.is_pdf_compliant_bytes(made, profile="ua1")
    said = [str(line) for block in report.first_page.blocks if isinstance(block, list) for line in block]
    assert "Funding sources: not answered yet" in said


def test_long_and_empty_things_fit_on_paper() -> None:
    wide = Table(tuple(f"a rather long title {k}" for k in range(14)), (tuple("word" * 6 for _ in range(14)),))
    cards = (Figure(1, "l", "n"), Figure("x", "l"))
    report = Report("t", "s", Section("first", "x", (cards, wide, Table((), ()), [], "y" * 3_000)), (Section("two", "z", ([("serious", "m")],)),))  # fmt: skip
    assert pdf_checker.is_pdf_compliant_bytes(pdf.render(report, Words("es"), at=AT, author="A"), profile="ua1")
