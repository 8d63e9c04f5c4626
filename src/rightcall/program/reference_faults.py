"""What can be wrong between the parts of a program: names that nothing stands behind, rules that cannot be meant."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator

from rightcall.calls.columns import FACTS
from rightcall.program import conditions, home_faults, money_faults, people_faults
from rightcall.program.conditions import Fault
from rightcall.program.document import Program, Rule


def faults(program: Program) -> Iterator[Fault]:
    """Names that nothing stands behind, names used twice, presumptions of hazards."""
    if not program.team:
        yield "team", "is missing: the program has no teams.", "Add a [[team]] with id, name and kind."
    try:
        zoneinfo.ZoneInfo(program.program.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield (
            "program.time_zone",
            f"“{program.program.time_zone}” does not exist.",
            "Use a name such as America/New_York.",
        )
    teams, outside = [team.id for team in program.team], [service.id for service in program.outside]
    services = [*teams, *outside]
    yield from conditions.twice("team", services[: len(teams)], "id")
    yield from conditions.twice("team", [team.name for team in program.team], "name")
    yield from conditions.twice("outside", outside, "id")
    yield from (
        (f"outside[{i}].id", f"“{name}” is a team already.", "Give it another id.")
        for i, name in enumerate(outside, 1)
        if name in teams
    )
    yield from conditions.twice("rule", [rule.id for rule in program.rule], "id")
    yield from conditions.twice("variant", [variant.id for variant in program.variant], "id")
    if len(program.rule) > 64:
        yield "rule", f"has {len(program.rule)} entries; 64 is the most.", "Join rules that send the same."
    for i, rule in enumerate(program.rule, start=1):
        yield from _rule_faults(f"rule[{i}]", rule, teams, services, program.facts.presumed)
        stays = next((team for team in program.team if team.id == rule.keep_on_line), None)
        if stays is not None and stays.kind != "phone":
            yield f"rule[{i}].keep_on_line", f"“{stays.id}” does not work by phone.", "Name a team that does."
    for i, team in enumerate(program.team, start=1):
        yield from conditions.named(
            f"team[{i}].needs_from_others", list(team.needs_from_others), outside, "outside service"
        )
    for i, shift in enumerate(program.shift, start=1):
        yield from conditions.named(f"shift[{i}].team", [shift.team], teams, "team")
        if conditions.clock(shift.starts) is None:
            yield f"shift[{i}].starts", f"“{shift.starts}” is no time.", 'Write it as "09:00".'
        day_faults: list[conditions.Fault] = []
        conditions.days_of(
            list(shift.days) if not isinstance(shift.days, str) else shift.days, f"shift[{i}].days", day_faults
        )
        yield from day_faults
        if shift.start and shift.end and shift.start > shift.end:
            yield f"shift[{i}].until", "ends before it begins.", "Put the earlier day into from."
        if shift.base and program.base:
            yield from conditions.named(f"shift[{i}].base", [shift.base], [base.id for base in program.base], "base")
    yield from conditions.twice("base", [base.id for base in program.base], "id")
    yield from _travel_faults(program)
    yield from _assume_faults(program)
    yield from people_faults.faults(program)
    yield from home_faults.faults(program)
    yield from money_faults.faults(program)
    yield from conditions.named("undecided.send", [program.undecided.send], services, "service") if program.rule else ()
    yield from conditions.named("undecided.protection", list(program.undecided.protection), teams, "team")
    yield from _fact_faults(program)


def _travel_faults(program: Program) -> Iterator[Fault]:
    said = program.travel
    if said is None:
        return
    if said.layer is not None:
        yield from conditions.named("travel.layer", [said.layer], list(conditions.LAYERS), "layer of areas")
    if bool(said.minutes) != (said.layer is not None):
        yield (
            "travel.minutes",
            "need a layer of areas, and a layer needs minutes.",
            'Write layer = "district" and minutes = { North = { South = 11 } }, or neither.',
        )


def _assume_faults(program: Program) -> Iterator[Fault]:
    for i, entry in enumerate(program.assume, start=1):
        value = entry.value
        if value == "unknown":
            continue
        low, high = (value if edge is None else edge for edge in (entry.low, entry.high))
        if not low <= value <= high:
            yield (
                f"assume[{i}].value",
                f"does not lie between its low ({low:g}) and its high ({high:g}).",
                "Put them in order.",
            )


def _rule_faults(
    key: str, rule: Rule, teams: list[str], services: list[str], presumed: dict[str, bool | str]
) -> Iterator[Fault]:
    if not rule.send:
        yield f"{key}.send", "names nobody.", "Name a team or an outside service."
    yield from conditions.named(f"{key}.send", list(rule.send), services, "service")
    for choice in rule.otherwise:
        yield from conditions.named(f"{key}.otherwise", list(choice), services, "service")
    if rule.keep_on_line is not None:
        yield from conditions.named(f"{key}.keep_on_line", [rule.keep_on_line], teams, "team")
    if _true_on_unknown(rule, presumed):
        yield (
            f"{key}.when",
            "is true of a call of which nothing is known.",
            "Name a family or a fact: an unknown must never satisfy a rule.",
        )


def _true_on_unknown(rule: Rule, presumed: dict[str, bool | str]) -> bool:
    """Whether the rule would fire on a call of which nobody said anything, at any hour of a week (the clock is known)."""
    edges = [leaf for leaf in conditions.leaves(rule.condition) if isinstance(leaf, conditions.Within)]
    moments = [dt.datetime(2024, 1, 1)]
    for leaf in edges:
        for edge in (leaf.start, leaf.end):
            moments += [dt.datetime.combine(dt.date(2024, 1, day), edge) for day in range(1, 8)]
    return any(conditions.truth(rule.condition, {**presumed, "local_time": moment}) is True for moment in moments)


def _fact_faults(program: Program) -> Iterator[Fault]:
    known = [*FACTS, *conditions.WORDS]
    yield from conditions.named("facts.asked", list(program.facts.asked), known, "fact")
    for name, value in program.facts.presumed.items():
        key = f"facts.presumed.{name}"
        yield from conditions.named(key, [name], known, "fact")
        if name in FACTS and FACTS[name].kind == "hazard":
            yield key, "presumes a hazard.", "A hazard that nobody spoke of is unknown. Remove the line."
        if name in FACTS and not isinstance(value, bool):
            yield key, "must be true or false.", ""
        if name in conditions.WORDS and value not in conditions.WORDS[name]:
            yield key, f"“{value}” is no {name}.", conditions.nearest(str(value), conditions.WORDS[name])
    for kind, facts in (("expect", [e.fact for e in program.expect]), ("question", [q.fact for q in program.question])):
        for i, fact in enumerate(facts, start=1):
            yield from conditions.named(f"{kind}[{i}].fact", [fact], known, "fact")
    for i, entry in enumerate(program.expect, start=1):
        if entry.fact in FACTS and not isinstance(entry.value, bool):
            yield f"expect[{i}].value", f"must be true or false for “{entry.fact}”.", ""
        if entry.fact in conditions.WORDS and entry.value not in conditions.WORDS[entry.fact]:
            words = conditions.WORDS[entry.fact]
            yield (
                f"expect[{i}].value",
                f"“{entry.value}” is no {entry.fact.replace('_', ' ')}.",
                conditions.nearest(str(entry.value), words),
            )
