"""What the report says, once: sections of sentences, figures, pictures and the tables behind them.

Sentences are messages, said in the reader's language when the page is made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

import rightcall
from rightcall.locale import N_, Message, Share, Words
from rightcall.planning import funding_reasons, hand_reading, home_reasons, response_reasons, staffing_reasons
from rightcall.planning.plan import Plan
from rightcall.planning.report import (
    behind,
    comparison,
    funding_section,
    home_section,
    lens_sections,
    response_section,
    staffing_section,
    structure_section,
    week_pictures,
    worksheet_section,
)
from rightcall.planning.report.blocks import Figure, Report, Section, Sentence, layer_name, sources_said
from rightcall.planning.report.values import worded


def report(plan: Plan, words: Words) -> Report:
    """The report of a plan. `words` is needed for what stands inside pictures."""
    head = plan.program.program
    people = plan.people
    evidence = (
        lens_sections.volume(plan, words), lens_sections.when(plan, words), lens_sections.frequency(plan, words), lens_sections.location(plan, words),
        lens_sections.risk(plan, words), response_section.response(plan, words), behind.reading(plan), behind.demand(plan, words),
    )  # fmt: skip
    sections = (
        comparison.in_plan(plan.comparison, plan.no_comparison, words),
        *(replace(section, under=True) for section in evidence),
        home_section.in_plan(plan.home, plan.program, words),
        staffing_section.in_plan(people.staffing if people else None, plan.no_people, words),
        structure_section.in_plan(people.structure if people else None, words),
        funding_section.in_plan(
            plan.funding,
            why_not=plan.no_funding,
            most=plan.a_year("at_most"),
            nature=plan.a_year("by_nature"),
            words=words,
        ),
        worksheet_section.in_plan(plan),
        behind.method(plan),
        *(
            replace(section, under=True)
            for section in (
                behind.assumptions(plan),
                comparison.sources(plan.comparison),
                behind.measures(plan),
                behind.quality(plan),
                behind.limits(plan),
            )
        ),
    )
    return Report(
        title=Message(N_("{name}: the plan"), {"name": head.name}),
        subtitle=Message(N_("{city}. Calls from {first} to {last}."), {"city": head.jurisdiction, "first": plan.period.first, "last": plan.period.last}),
        first_page=first_page(plan, words),
        sections=tuple(section for section in sections if section.blocks),
        footer=(
            Message(N_("Made {at} by Rightcall {code} from the program {version}. Every figure stands in plan.json; the tables lie in tables/."),
                    {"at": plan.made_at.date(), "code": rightcall.__version__, "version": plan.program.version[:12]}),
            *sources_said(plan.sources),
        ),
    )  # fmt: skip


def headline(plan: Plan) -> list[Sentence]:
    """The few sentences that answer the question."""
    t = plan.totals
    public = int(t["public"])
    said: list[Sentence] = [
        Message(N_("{n} calls; {public} of them from the public."), {"n": int(t["calls"]), "public": public}),
        Message(N_("By nature {n} of {public} ({share}) are calls for a team such as this."), {"n": int(t["by_nature"]), "public": public, "share": Share(plan.share("by_nature"))}),
        Message(N_("At most {most}, at least {least} could have been ours."), {"most": int(t["at_most"]), "least": int(t["at_least"])}),
    ]  # fmt: skip
    if plan.middle:
        said.append(
            Message(
                N_("About {value} ({low} to {high}) by a sample of {n} read by hand."),
                _rounded(plan) | {"n": plan.reading.read if plan.reading else 0},
            )
        )
    elif _expected(plan) is not None:
        said.append(
            Message(
                N_("About {n} are expected, by the program's own expectations."), {"n": round(_expected(plan) or 0)}
            )
        )
    if t["public"] > t["assessed"]:
        said.append(
            Message(
                N_("{n} calls have a type that is missing or not mapped; they are not assessed."),
                {"n": int(t["public"] - t["assessed"])},
            )
        )
    return said


def _rounded(plan: Plan) -> dict[str, Any]:
    assert plan.middle is not None
    return {"value": round(plan.middle.value), "low": round(plan.middle.low), "high": round(plan.middle.high)}


def _expected(plan: Plan) -> float | None:
    return plan.totals["expected"] if "expected" in plan.totals and not plan.totals["not_expected"] else None


def first_page(plan: Plan, words: Words) -> Section:
    """For a council member: how many, what kinds, when, where, what we don't know."""
    t = plan.totals
    figures = [
        Figure(int(t["public"]), Message(N_("calls from the public")), Message(N_("of {n} in all"), {"n": int(t["calls"])})),
        Figure(int(t["by_nature"]), Message(N_("ours by nature")), Message(N_("{share} of the calls from the public, hazards ignored"), {"share": Share(plan.share("by_nature"))}), strong=True),
        Figure(int(t["at_most"]), Message(N_("could have been ours, at most")), Message(N_("{share}; recorded hazards taken out"), {"share": Share(plan.share("at_most"))})),
        Figure(int(t["at_least"]), Message(N_("could have been ours, at least")), Message(N_("{share}; certain whatever is unknown"), {"share": Share(plan.share("at_least"))})),
    ]  # fmt: skip
    if plan.middle:
        r = _rounded(plan)
        figures.append(
            Figure(
                r["value"],
                Message(N_("probably ours")),
                Message(
                    N_("{low} to {high}, by {n} calls read by hand"),
                    r | {"n": plan.reading.read if plan.reading else 0},
                ),
                strong=True,
            )
        )
    elif _expected(plan) is not None:
        figures.append(
            Figure(
                round(_expected(plan) or 0),
                Message(N_("expected to be ours")),
                Message(N_("by the program's expectations, until a sample is read")),
            )
        )
    blocks: list[Any] = [tuple(figures), _five(plan), *_answers(plan)]
    picture = lens_sections.area_picture(plan, words) or week_pictures.of_calls(plan, words)
    if picture:
        blocks.append(picture)
    blocks.append(_unknowns(plan))
    return Section(
        "first", Message(N_("What would an alternative response do here, and what does it take?")), tuple(blocks)
    )


def _five(plan: Plan) -> list[Sentence]:
    """The five founding questions, each with its answer in a sentence or two, as far as there is one."""
    open_still = [Message(N_("not answered yet"))]
    staffing, structure = (plan.people.staffing, plan.people.structure) if plan.people else (None, None)
    answers = (
        (N_("Response model: {said}"), response_reasons.answer(plan.comparison)[:1] if plan.comparison else []),
        (N_("Program home: {said}"), home_reasons.answer(plan.home, plan.program)[:1] if plan.home else []),
        (N_("Staffing model: {said}"), staffing_reasons.answer(staffing)[:1] if staffing else []),
        (N_("Team structure: {said}"), staffing_reasons.structure(structure)[:1] if structure else []),
        (N_("Funding sources: {said}"), funding_reasons.headline(plan.funding) if plan.funding else []),
    )
    return [Message(text, {"said": Message(" ".join(["{a}", "{b}"][: len(said or open_still)]), dict(zip("ab", said or open_still, strict=False)))}) for text, said in answers]  # fmt: skip


def _answers(plan: Plan) -> list[Sentence]:
    """What kinds, when, where: one sentence each."""
    said: list[Sentence] = []
    families = plan.tables["families"].filter(pl.col("by_nature") > 0)
    if families.height:
        top = [
            Message(N_("{family} ({n})"), {"family": Message(row["family"]), "n": row["by_nature"]})
            for row in families.head(4).iter_rows(named=True)
        ]
        said.append(Message(N_("What kinds: {list}."), {"list": top}))
    if plan.totals["by_nature"]:
        hours = (
            plan.tables["hours"]
            .with_columns((pl.col("hour_of_week") % 24).alias("hour"))
            .group_by("hour")
            .agg(pl.col("by_nature").sum())
        )
        inside = int(hours.filter(pl.col("hour").is_between(9, 20))["by_nature"].sum())
        night = int(hours.filter(pl.col("hour") < 6)["by_nature"].sum())
        total = max(int(hours["by_nature"].sum()), 1)
        said.append(
            Message(
                N_(
                    "When: {day} of them between 9 in the morning and 9 in the evening, {night} between midnight and 6."
                ),
                {"day": Share(inside / total), "night": Share(night / total)},
            )
        )
    if plan.area_layer:
        table = plan.tables[plan.area_layer]
        top = [
            Message(N_("{area} ({n})"), {"area": row["area"], "n": row["by_nature"]})
            for row in table.sort("by_nature", descending=True).head(3).iter_rows(named=True)
        ]
        said.append(
            Message(N_("Where ({layer}): {list}."), {"layer": Message(layer_name(plan.area_layer)), "list": top})
        )
    return said


def _unknowns(plan: Plan) -> list[Sentence]:
    """What we don't know, and what one day of reading would add."""
    t = plan.totals
    open_calls = int(t["at_most"] - t["at_least"])
    said: list[Sentence] = []
    if open_calls and not plan.middle:
        n, half = hand_reading.worth_reading(open_calls)
        said.append(
            Message(
                N_(
                    "What we don't know: for {open} calls it cannot be said, because hazards were not recorded. One day of reading {n} narratives by two people would narrow that to within about {half} of them either way:  rightcall sample"
                ),
                {"open": open_calls, "n": n, "half": round(half * open_calls)},
            )
        )
    said += [worded(finding.message) for finding in plan.findings if finding.weight == "serious"][:4]
    if t["public"] > t["assessed"]:
        said.append(
            Message(
                N_(
                    "{n} calls ({share}) have a type that is missing or not mapped. They are not assessed, which is not ineligible."
                ),
                {"n": int(t["public"] - t["assessed"]), "share": Share((t["public"] - t["assessed"]) / t["public"])},
            )
        )
    return said
