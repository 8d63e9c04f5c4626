"""What the page of a comparison says: which design helps most, where and when, at what cost, and how sure that is."""

from __future__ import annotations

from typing import Any

import numpy as np

import rightcall
from rightcall.locale import N_, Message, Share, Words
from rightcall.measures.intervals import Estimate
from rightcall.planning import formulas, response_reasons
from rightcall.planning.formulas import Check
from rightcall.planning.report import design_charts
from rightcall.planning.report.blocks import Figure, Picture, Report, Section, Table, layer_name, minutes, sources_said
from rightcall.planning.report.certainty import ASSUMED_SAID, PUBLISHED, stated
from rightcall.planning.response_model import Comparison
from rightcall.planning.response_reasons import points
from rightcall.simulation import figures
from rightcall.simulation.inputs import Input


def report(comparison: Comparison, words: Words) -> Report:
    """The page of a comparison. `words` is needed for what stands inside pictures."""
    head = comparison.base.model.program.program
    city = comparison.base.model.city
    sections = chapter(comparison, words)
    return Report(
        title=Message(N_("{name}: designs side by side"), {"name": head.name}),
        subtitle=Message(N_("{city}. Simulated on the calls from {first} to {last}, {runs} runs of each design."),
                         {"city": head.jurisdiction, "first": city.days[0], "last": city.days[-1], "runs": len(comparison.base.runs)}),
        first_page=first_page(comparison, words),
        sections=tuple(section for section in sections if section.blocks),
        footer=(
            Message(N_("Made {at} by Rightcall {code} from the program {version}. Every figure stands in compare.json; the tables lie in tables/."),
                    {"at": comparison.made_at.date(), "code": rightcall.__version__, "version": comparison.base.model.program.version[:12]}),
            *sources_said(comparison.sources),
        ),
    )  # fmt: skip


def first_page(comparison: Comparison, words: Words) -> Section:
    """For a council member: how many calls, what each design would do about them, and why."""
    base = comparison.base
    eligible, cover = base.spread("eligible"), base.spread("coverage")
    cards = [
        Figure(round(eligible.value / base.years), Message(N_("calls a year for such teams")), Message(N_("by the program's rules, growth with trust included; {low} to {high}"), {"low": round(eligible.low / base.years), "high": round(eligible.high / base.years)})),
        Figure(Share(cover.value), Message(N_("would be answered, as written")), Message(N_("{low} to {high} in nineteen of twenty runs"), {"low": Share(cover.low), "high": Share(cover.high)}), strong=True),
        Figure(Share(base.spread("coverage_on_duty").value), Message(N_("of those that come while on duty")), Message(N_("the others come outside its hours"))),
    ]  # fmt: skip
    response = base.spread("response_mean")
    if np.isfinite(response.value):
        cards.append(Figure(minutes(response.value), Message(N_("minutes until a crew is there")), Message(N_("from the call, on average; nine of ten within {p90}"), {"p90": minutes(base.spread("response_p90").value)})))  # fmt: skip
    blocks: list[Any] = [tuple(cards), *response_reasons.answer(comparison)]
    if not comparison.complete:
        blocks.insert(0, Message(N_("This comparison was stopped before its end: {n} runs of each design are in it, and what is missing was not computed."), {"n": len(base.runs)}))  # fmt: skip
    blocks += [designs_table(comparison), *comments(comparison), Message(N_("In brackets: where nineteen of twenty simulated years lie, with what nobody measured drawn from its range. The means of coverage are known to within {half} points."), {"half": round(100 * comparison.precision, 1)})]  # fmt: skip
    return Section("first", Message(N_("Which response teams would help most here, where and when?")), tuple(blocks))


def chapter(comparison: Comparison, words: Words) -> tuple[Section, ...]:
    """The sections behind the first page; the plan's chapter on question 1 is made of the same."""
    return (
        _frontier(comparison, words), _when(comparison, words), _where(comparison, words), _returns(comparison, words),
        _unserved(comparison, words), _matters(comparison, words), sources(comparison), _durham(),
    )  # fmt: skip


def in_plan(comparison: Comparison | None, why_not: str, words: Words) -> Section:
    """The plan's chapter on question 1, with the pictures that fit it."""
    title = Message(N_("Question 1: which response teams, where and when"))
    if comparison is None:
        if not why_not:
            return Section("designs", title, (Message(N_("No designs were simulated here; what follows is what the calls themselves say.")),))  # fmt: skip
        return Section("designs", title, (Message(N_("The program's designs could not be simulated: {why}"), {"why": why_not}),))  # fmt: skip
    pictures = [block for section in (_frontier(comparison, words), _when(comparison, words)) for block in section.blocks if isinstance(block, Picture)]  # fmt: skip
    lead = Message(N_("Simulated on the city's own calls, {runs} runs of each design, with what nobody measured drawn from its range."), {"runs": len(comparison.base.runs)})  # fmt: skip
    return Section(
        "designs", title,
        (*response_reasons.answer(comparison), designs_table(comparison), *comments(comparison), *pictures, *(Message(text) for text in response_reasons.DURHAM),
         Message(N_("Where calls are answered, what each next unit brings and which assumptions matter:  rightcall compare"))),
        lead,
    )  # fmt: skip


def designs_table(comparison: Comparison) -> Table:
    """One table: designs × measures, with intervals and the paired difference from the program as it stands."""
    money = comparison.money
    titles = [
        N_("design"), N_("answered, all hours"), N_("points more"), N_("while on duty"), N_("answered a year"),
        N_("minutes until a crew is there"), N_("police hours returned a year"), N_("dollars a year, hours on duty") if money else N_("staff hours a year"),
    ]  # fmt: skip
    rows = []
    for design in comparison.designs:
        more = comparison.difference(design, "coverage")
        row = (
            design.title, between(design.spread("coverage")), None if design is comparison.base else _points(more), _share(design.spread("coverage_on_duty").value),
            round(design.spread("served").value / design.years), minutes(_known(design.spread("response_mean").value)), _round(_known(design.spread("police_hours_returned").value / design.years), 10),
        )  # fmt: skip
        rows.append((*row, _round(design.cost.middle, 1000) if money else round(design.cost.staff_hours)))
    return Table(tuple(Message(title) for title in titles), tuple(rows), "designs")


def comments(comparison: Comparison) -> list[list[Message]]:
    """What the city says of its designs, as a list."""
    said = [Message(N_("“{design}”: {comment}"), {"design": design.title, "comment": design.comment}) for design in comparison.designs if design.comment]  # fmt: skip
    return [said] if said else []


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def between(estimate: Estimate) -> Message | str:
    """A share with its interval."""
    if not np.isfinite(estimate.value):
        return "–"
    return Message(N_("{value} ({low}–{high})"), {"value": Share(estimate.value), "low": Share(estimate.low), "high": Share(estimate.high)})  # fmt: skip


def _points(estimate: Estimate) -> Message:
    return Message(N_("{value} ({low} to {high})"), {"value": points(estimate.value), "low": points(estimate.low), "high": points(estimate.high)})  # fmt: skip


def _minutes(estimate: Estimate) -> Message | str:
    if not np.isfinite(estimate.value):
        return "–"
    return Message(N_("{value} ({low}–{high})"), {"value": minutes(estimate.value), "low": minutes(estimate.low), "high": minutes(estimate.high)})  # fmt: skip


def _whole(estimate: Estimate, years: float) -> Message | str:
    if not np.isfinite(estimate.value):
        return "–"
    return Message(N_("{value} ({low} to {high})"), {name: round(getattr(estimate, name) / years) for name in ("value", "low", "high")})  # fmt: skip


def _share(value: float) -> Share | str:
    return Share(value) if np.isfinite(value) else "–"


def _round(value: float | None, to: int) -> int | None:
    return None if value is None else to * round(value / to)


def _frontier(comparison: Comparison, words: Words) -> Section:
    beaten = comparison.dominated
    names = {design.id: design.title for design in comparison.designs}
    rows = tuple(
        (design.title, _round(design.cost.middle, 1000), round(design.cost.staff_hours), between(design.spread("coverage")), names.get(beaten.get(design.id, ""), "–"))
        for design in comparison.designs
    )  # fmt: skip
    titles = tuple(Message(t) for t in (N_("design"), N_("dollars a year"), N_("staff hours a year"), N_("answered, all hours"), N_("is beaten by")))  # fmt: skip
    picture = Picture(
        design_charts.frontier(comparison, words), Message(N_("Cost and coverage of each design")),
        Message(N_("Scatter plot of the designs; the table below holds the figures.")), Table(titles, rows),
    )  # fmt: skip
    blocks: list[Any] = [picture, _gives(comparison), _work(comparison)]
    missing = sorted({role for design in comparison.designs for role in design.cost.missing})
    if missing:
        blocks.append(Message(N_("Dollars are not known: no position in the program says the pay of {roles}. Add [[position]] with role and pay."), {"roles": missing}))  # fmt: skip
    else:
        blocks.append(Message(N_("Dollars are pay for the hours on duty with benefits of 62.7 % on wages (BLS, state and local government, June 2025), at the middle of the pay range, and what stands in [[cost]]. Supervisors, vehicles and rooms count only where the program names them; teams that follow up take no calls and are left out.")))  # fmt: skip
    return Section("frontier", Message(N_("What each design costs")), tuple(blocks))


def _work(comparison: Comparison) -> Table:
    """What each design does all year: by phone, in person, with police, and how busy each team is."""
    teams = comparison.base.layout.teams
    names = {team.id: team.name for team in comparison.base.model.program.team}
    rows = []
    for design in comparison.designs:
        counts = (round(design.spread(name).value / design.years) for name in ("by_phone", "in_person", "with_police", "backup_routine", "backup_urgent"))  # fmt: skip
        busy = {team: _share(design.mean("team_busy_share")[i]) for i, team in enumerate(design.layout.teams)}
        rows.append((design.title, *counts, *(busy.get(team, "–") for team in teams)))
    titles = (N_("design"), N_("by phone alone"), N_("in person"), N_("with police"), N_("back-up, routine"), N_("back-up, urgent"))  # fmt: skip
    return Table((*(Message(title) for title in titles), *(Message(N_("{team} busy"), {"team": names[team]}) for team in teams)), tuple(rows), "designs")  # fmt: skip


def _gives(comparison: Comparison) -> Table:
    """What each design takes and returns in a year."""
    rows = []
    for design in comparison.designs:
        police, per = _whole(design.spread("police_hours_returned"), design.years), design.per_response
        rows.append((design.title, round(design.cost.staff_hours), _round(design.cost.middle, 1000), None if per is None else _whole(per, 1), police))  # fmt: skip
    titles = (N_("design"), N_("staff hours a year"), N_("dollars a year"), N_("dollars a response"), N_("police hours returned a year"))  # fmt: skip
    return Table(tuple(Message(title) for title in titles), tuple(rows), "designs")


def _when(comparison: Comparison, words: Words) -> Section:
    parts = [range(start, start + 6) for start in range(0, 24, 6)]
    rows = []
    for design in comparison.designs:
        eligible, served = (design.mean(name).reshape(7, 24).sum(0) for name in ("eligible_by_hour", "served_by_hour"))
        rows.append((design.title, *(_share(served[list(p)].sum() / max(eligible[list(p)].sum(), 1e-9)) for p in parts)))  # fmt: skip
    titles = (Message(N_("design")), *("0–6", "6–12", "12–18", "18–24"))
    picture = Picture(
        design_charts.by_hour(comparison, words), Message(N_("Share of the calls answered by hour of the week")),
        Message(N_("Small heat maps, one a design; the table below sums them by part of the day.")), Table(titles, tuple(rows)),
    )  # fmt: skip
    return Section("when", Message(N_("When calls are answered")), (picture,))


def _where(comparison: Comparison, words: Words) -> Section:
    layer = comparison.base.layout.layer
    if layer is None:
        return Section("where", Message(N_("Where calls are answered")), (Message(N_("The calls name no areas that could be compared.")),))  # fmt: skip
    areas = comparison.base.layout.areas
    shares = [design.area_coverage for design in comparison.designs]
    rows = tuple((area, *("–" if each[area] is None else Share(each[area] or 0.0) for each in shares)) for area in areas)  # fmt: skip
    table = Table((Message(layer_name(layer)), *(design.title for design in comparison.designs)), rows)
    picture = Picture(
        design_charts.by_area(comparison, words), Message(N_("Share of the calls answered by {layer}"), {"layer": Message(layer_name(layer))}),
        Message(N_("One small picture a design; the table below holds the figures.")), table, fit=bool(comparison.outlines.get(layer)),
    )  # fmt: skip
    return Section("where", Message(N_("Where calls are answered")), (picture,))


def _returns(comparison: Comparison, words: Words) -> Section:
    title = Message(N_("What each next unit brings"))
    if len(comparison.returns) < 2:
        return Section("returns", title)
    rows: list[tuple[Any, ...]] = []
    before: float | None = None
    for units, design in comparison.returns:
        cover = design.spread("coverage")
        more = None if before is None else points(cover.value - before)
        rows.append((units, between(cover), more, between(design.spread("coverage_on_duty")), _minutes(design.spread("response_mean")), _share(design.spread("busy_share").value)))  # fmt: skip
        before = cover.value
    titles = tuple(Message(t) for t in (N_("units on the same shifts"), N_("answered, all hours"), N_("points more"), N_("while on duty"), N_("minutes until a crew is there"), N_("units busy")))  # fmt: skip
    picture = Picture(
        design_charts.returns(comparison, words), Message(N_("Coverage with one, two, … units on the shifts as written")),
        Message(N_("Two rising curves that flatten; the table below holds the figures.")), Table(titles, tuple(rows)),
    )  # fmt: skip
    return Section("returns", title, (picture,))


def _unserved(comparison: Comparison, words: Words) -> Section:
    rows = tuple(
        (Message(reason), *(round(float(design.mean("reasons")[number]) / design.years) for design in comparison.designs))
        for number, reason in enumerate(figures.REASONS)
    )  # fmt: skip
    table = Table((Message(N_("calls a year")), *(design.title for design in comparison.designs)), rows)
    picture = Picture(
        design_charts.unserved(comparison.base, words), Message(N_("Calls that the program as written would miss, by hour and reason")),
        Message(N_("Stacked bars by hour of the day; the table below sums them for every design.")), table,
    )  # fmt: skip
    return Section("unserved", Message(N_("Which calls are missed, and why")), (picture,))


def _matters(comparison: Comparison, words: Words) -> Section:
    title = Message(N_("What matters, and how sure it is"))
    if not comparison.swings:
        return Section("matters", title)
    rows = tuple((Message(s.entry.title), s.entry.low, s.entry.value, s.entry.high, _share(s.low), _share(s.high), _source(s.entry.source)) for s in comparison.swings)  # fmt: skip
    titles = tuple(Message(t) for t in (N_("input"), N_("lowest"), N_("likeliest"), N_("highest"), N_("coverage at its lowest"), N_("coverage at its highest"), N_("source")))  # fmt: skip
    picture = Picture(
        design_charts.tornado(comparison, words), Message(N_("What each assumption does to coverage while on duty")),
        Message(N_("Bars from the lowest to the highest; the table below holds the figures and their sources.")), Table(titles, rows),
    )  # fmt: skip
    blocks: list[Any] = [picture]
    blocks += [_check(check) for check in comparison.checks]
    return Section("matters", title, tuple(blocks))


def _check(check: Check) -> Message:
    values = {"units": check.units, "team": check.team, "load": round(check.load, 2)}
    if check.what == formulas.TRAVEL:
        told = {name: minutes(getattr(check.simulated, name)) for name in ("low", "high")}
        return Message(
            N_("A check of travel: by the hypercube, {units} units of “{team}” that always start from their base would drive {formula} minutes on average; simulated crews, which may come from their last call, drive {simulated} ({low} to {high})."),
            {**values, "formula": minutes(check.formula), "simulated": minutes(check.simulated.value), **told},
        )  # fmt: skip
    return Message(
        N_("A check by formula: {units} units of “{team}” under a load of {load} erlangs would find {formula} of the calls without a free unit in time (Erlang); the simulation, in which calls come in waves, finds {simulated} ({low} to {high})."),
        {**values, "formula": Share(check.formula), "simulated": _share(check.simulated.value), "low": Share(check.simulated.low), "high": Share(check.simulated.high)},
    )  # fmt: skip


def _source(text: str) -> Message | str:
    return Message(text) if text and "{" not in text else text


def sources(comparison: Comparison | None) -> Section:
    """What came from where: measured figures with their source, and what was drawn from a range with how sure it is."""
    if comparison is None:
        return Section("sources", Message(N_("What came from where")), ())
    used = comparison.base.model.used
    given = comparison.base.model.inputs
    rows = tuple((each.what, each.source) for each in used)
    table = Table((Message(N_("figure")), Message(N_("where it comes from"))), rows)
    stated = tuple(
        (Message(h.entry.title), ", ".join([*h.family, *map(str, h.months)]) or Message(N_("everywhere")), h.entry.low, h.entry.value, h.entry.high, h.entry.source if h.entry.ours else _source(h.entry.source), _certainty(h.entry))
        for h in given.all()
    )  # fmt: skip
    titles = tuple(Message(t) for t in (N_("input"), N_("where it holds"), N_("lowest"), N_("likeliest"), N_("highest"), N_("source"), N_("certainty")))  # fmt: skip
    return Section(
        "sources", Message(N_("What came from where")),
        (table, Message(N_("What nobody measured here is drawn from a range in every run, the same for all designs. An [[assume]] entry in the program takes the place of a line.")), Table(titles, stated)),
    )  # fmt: skip


def _certainty(entry: Input) -> Message:
    return stated(entry.source) if entry.ours else PUBLISHED if entry.published else ASSUMED_SAID


def _durham() -> Section:
    return Section("durham", Message(N_("What Durham chose and saw")), tuple(Message(text) for text in response_reasons.DURHAM))  # fmt: skip
