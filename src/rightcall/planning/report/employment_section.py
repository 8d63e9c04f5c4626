"""How people may work, who may employ them at what cost, and the assumptions behind: the rest of question 3 on the pages."""

from __future__ import annotations

from typing import Any

from rightcall.locale import N_, Message, Share
from rightcall.planning import staffing_reasons
from rightcall.planning.report.blocks import Section, Table
from rightcall.planning.report.certainty import (
    ASSUMED_SAID,
    PUBLISHED,
    STATED,
    UNKNOWN_SAID,
    USUAL_SAID,
    sourced,
    stated,
)
from rightcall.planning.staffing import employers
from rightcall.planning.staffing_model import Staffing
from rightcall.program import people
from rightcall.program.people import UNKNOWN, WorkRule


def rules(staffing: Staffing) -> Section:
    """Patterns and rules of work, each with its source."""
    rows = tuple(
        (Message(rule.kind), _limit(rule), ", ".join(rule.roles) or Message(N_("everybody")), sourced(rule.source))
        for rule in staffing.rules
    )
    patterns = tuple(
        (staffing_reasons.named(p.id), staffing_reasons.whole(p.hours), p.shifts_a_week, staffing_reasons.whole(p.administrative_hours), p.weeks, "–" if p.weekends is None else Message(N_("{work} of {of}"), {"work": p.weekends.work, "of": p.weekends.of}), sourced(p.source))
        for p in staffing.patterns
    )  # fmt: skip
    overtime = staffing.program.overtime
    titles = tuple(Message(t) for t in (N_("pattern"), N_("hours of a shift"), N_("shifts a week"), N_("administrative hours a week"), N_("weeks of rotation"), N_("weekends worked"), N_("source")))  # fmt: skip
    return Section(
        "rules", Message(N_("How people may work")),
        (
            Table(titles, patterns), Table(tuple(Message(t) for t in (N_("rule"), N_("limit"), N_("for"), N_("source"))), rows),
            Message(N_("Every rotation that is shown keeps these rules. Hours beyond {hours} a week are overtime at {rate} times the pay; work periods of police and firefighters do not hold for these roles."), {"hours": staffing_reasons.whole(overtime.after_hours), "rate": overtime.rate}),
        ),
    )  # fmt: skip


def _limit(rule: WorkRule) -> Message:
    unit, side = people.RULE_UNITS[rule.kind]
    said = {("hours", "at_least"): N_("at least {n} hours"), ("hours", "at_most"): N_("at most {n} hours"), ("days", "at_most"): N_("at most {n} days"), ("days", "at_least"): N_("at least {n} days"), ("weekends", "at_most"): N_("at most {n} weekends")}  # fmt: skip
    return Message(said[unit, side], {"n": staffing_reasons.whole(rule.number)})


def employment(staffing: Staffing) -> Section:
    """City employees or a contractor."""
    return Section(
        "employers", Message(N_("City employees or a contractor")),
        (*staffing_reasons.money(staffing), *_on_top(staffing), *_empty(staffing), options_table(staffing), criteria(staffing), OTHERS, [Message(text) for text in staffing_reasons.EMPLOYERS]),
    )  # fmt: skip


OTHERS = Message(N_("What others did:"))


def options_table(staffing: Staffing) -> Table:
    """Ways to employ the people: what is known of their cost, and what is not."""
    names = {e.id: staffing_reasons.title(e.name or e.id) for e in employers.of(staffing.program)}
    titles = tuple(Message(t) for t in (N_("who employs"), N_("known, dollars a year"), N_("not known yet"), N_("start-up, once"), N_("first year served")))  # fmt: skip
    rows = tuple(
        (_employed(o, names), Message(N_("{low} to {high}"), {"low": int(round(o.low, -3)), "high": int(round(o.high, -3))}), _missing(o.missing, names), UNKNOWN_SAID if o.once is None else int(o.once), UNKNOWN_SAID if o.first_year is None else Share(o.first_year))
        for o in staffing.options
    )  # fmt: skip
    return Table(titles, rows)


def _employed(option: employers.Option, names: dict[str, Any]) -> Any:
    """The name of an option; where roles have different employers, who has which."""
    who = option.employers
    if len(set(who.values())) < 2:
        return staffing_reasons.name_of(option)
    listed = [
        Message(N_("{role}: {who}"), {"role": staffing_reasons.named(role), "who": names[ident]})
        for role, ident in who.items()
    ]
    return Message(N_("{name} ({list})"), {"name": staffing_reasons.name_of(option), "list": listed})


def criteria(staffing: Staffing) -> Table:
    """What tells the employers apart, a line each; money first, then what the city keeps in hand."""
    found = employers.of(staffing.program)
    lines: tuple[tuple[str, Any], ...] = (
        (N_("benefits on pay, paid leave not among them"), [_worded(e.benefits) for e in found]), (N_("overhead on pay with benefits"), [_worded(e.overhead) for e in found]),
        (N_("posts that stand empty"), [_worded(e.vacancy) for e in found]), (N_("the city's oversight, dollars a year"), [_amount(e.oversight) for e in found]),
        (N_("liability, dollars a year"), [_amount(e.liability) for e in found]), (N_("months until it serves"), [_amount(e.ramp_up_months) for e in found]),
        (N_("the city's access to data"), [_text(e.data_access) for e in found]), (N_("the city's control over dispatch"), [_text(e.dispatch_control) for e in found]),
        (N_("source"), [sourced(e.source) for e in found]),
    )  # fmt: skip
    return Table(
        (Message(N_("matter")), *(staffing_reasons.title(e.name or e.id) for e in found)),
        tuple((Message(name), *cells) for name, cells in lines),
    )


def _on_top(staffing: Staffing) -> list[Message]:
    """Hours and dollars besides plain pay, which the sums hold."""
    extra = {role: hours for role, hours in staffing.work.extra.items() if hours >= 1}
    if not extra and not staffing.work.dollars:
        return []
    listed: list[Any] = [
        Message(N_("{role} {hours} hours of pay"), {"role": staffing_reasons.named(role), "hours": round(hours)})
        for role, hours in extra.items()
    ]
    listed += (
        [Message(N_("${dollars} besides"), {"dollars": round(staffing.work.dollars)})] if staffing.work.dollars else []
    )
    return [
        Message(
            N_("In these sums, a year, for overtime, nights, weekends, holidays and on call: {list}."), {"list": listed}
        )
    ]


def _empty(staffing: Staffing) -> list[Message]:
    """What stands in the sums for posts that are empty."""
    if not any(isinstance(each.vacancy, float) and each.vacancy for each in employers.of(staffing.program)):
        return []
    return [Message(N_("The shifts of posts that stand empty are taken as worked by the others: at the overtime rate, and at plain pay where a role has no overtime; the pay and benefits of the empty posts are taken out."))]  # fmt: skip


def _missing(missing: tuple[tuple[str, str], ...], names: dict[str, Any]) -> Any:
    """Amounts by who would say them; what is no amount is a role without pay."""
    found = []
    for who, amount in missing:
        said = (
            Message(amount)
            if amount in employers.AMOUNTS
            else Message(N_("pay of {role}"), {"role": staffing_reasons.named(amount)})
        )
        found.append(Message(N_("{amount} ({who})"), {"amount": said, "who": names[who]}))
    return found or "–"


def _said(value: float | str) -> Any:
    return UNKNOWN_SAID if isinstance(value, str) else Share(value)


def _worded(value: float | str) -> Any:
    # As text: in a column of words, numbers do not stand at the right.
    return Message("{share}", {"share": _said(value)})


def _amount(value: float | str) -> Any:
    return UNKNOWN_SAID if isinstance(value, str) else Message("{amount}", {"amount": staffing_reasons.whole(value)})


def _text(value: str) -> Any:
    return UNKNOWN_SAID if value == UNKNOWN else value


def assumptions(staffing: Staffing) -> Section:
    """Every assumption with its source and how certain it is."""
    rows: list[tuple[Any, ...]] = []
    for staffed in staffing.teams:
        if staffed.target is not None:
            rows.append((Message(N_("target of “{team}”"), {"team": staffed.team.name}), Message(N_("{share} within {minutes} minutes"), {"share": Share(staffed.target.share), "minutes": staffing_reasons.whole(staffed.target.within_minutes)}), sourced(staffed.target.source), stated(staffed.target.source)))  # fmt: skip
    rows.append(
        (
            Message(N_("net hours of a person")),
            round(staffing.hours.net),
            sourced(staffing.hours.source),
            STATED if staffing.program.net_hours else PUBLISHED,
        )
    )
    rows += [(Message(N_("pattern “{name}”"), {"name": staffing_reasons.named(p.id)}), Message(N_("{n} × {hours} hours a week"), {"n": p.shifts_a_week, "hours": staffing_reasons.whole(p.hours)}), sourced(p.source), STATED if staffing.program.pattern else USUAL_SAID) for p in staffing.patterns]  # fmt: skip
    rows += [(Message(rule.kind), _limit(rule), sourced(rule.source), STATED if rule in staffing.program.work_rule else ASSUMED_SAID) for rule in staffing.rules]  # fmt: skip
    for each in employers.of(staffing.program):
        name = {"name": staffing_reasons.title(each.name or each.id)}
        rows.append((Message(N_("benefits, {name}"), name), _said(each.benefits), sourced(each.source), stated(each.source) if staffing.program.employer else PUBLISHED))  # fmt: skip
        if staffing.program.employer:
            rows.append((Message(N_("overhead, {name}"), name), _said(each.overhead), sourced(each.source), stated(each.source)))  # fmt: skip
    titles = tuple(Message(t) for t in (N_("assumption"), N_("value"), N_("source"), N_("certainty")))
    return Section(
        "staffing-assumptions", Message(N_("Assumptions, with source and certainty")), (Table(titles, tuple(rows)),)
    )


# Names of ours that come out of tables and documents.
NAMES = (
    N_("rest between shifts"), N_("hours a week"), N_("days in a row"), N_("days off in a row"), N_("weekends in a row"), N_("benefits"), N_("overhead"), N_("vacancy"),
    N_("oversight"), N_("liability"), N_("it has no target and no shifts"),
    N_("it has no target, and nobody says how many units its shifts have"), N_("a crew nobody can form: it has no roles"),
    N_("follow-up is not simulated, so that no target can be checked"), N_("stopped before"),
)  # fmt: skip
