"""The slow twin: the decision on one call in plain Python, from the TOML of a program, for tests alone.

It shares no code with the house. It reads the raw tables of the document, so that reading, conditions, masks and fold
are all put to the test by one sentence:

    The possible set is exactly: every unknown rule before the first true one, plus that one, or *no rule*; `missing`
    is the facts that are unknown in the unknown rules of that set (a fact tested with `unknown = [...]` is not
    missing). One answer left: decided. Several, all ours: ours, the most protective team (last of `protection`) is
    proposed. Several, none ours: their union. Mixed: cannot be said.

A truth is 1 (true), 0 (nobody knows) or -1 (false): *all* is then the least, *any* the greatest, *not* the minus.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TRUE, NOBODY_KNOWS, FALSE = 1, 0, -1
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HAZARDS = [
    "weapon", "violence", "injury", "medical_emergency", "attempt_in_progress", "crime_in_progress", "fire",
    "in_traffic", "intimate_partner", "sexual_or_child_present", "imminent_risk",
]  # fmt: skip
COLUMN = {"type": "first_type", "priority": "initial_priority"}


@dataclass(frozen=True)
class Answer:
    """What the twin says of one call; the fields are those of an outcome."""

    outcome: str
    possible: tuple[tuple[str, ...], ...]
    rules: tuple[str, ...]
    team: str | None
    send: tuple[str, ...]
    missing: tuple[str, ...]


def decide(program: dict[str, Any], call: dict[str, Any]) -> Answer:
    """Decide one call (column → value; what is absent is unknown; `received_at` with a time zone)."""
    known = with_presumptions(program, call)
    local = local_time(program, call)
    unknown_rules, true_rule = [], None
    for rule in program.get("rule", []):
        told = truth_of_rule(rule, known, local)
        if told == TRUE:
            true_rule = rule
            break
        if told == NOBODY_KNOWS:
            unknown_rules.append(rule)

    missing = {name for rule in unknown_rules for name in missing_in(rule, known)}
    possible = [tuple(rule["send"]) for rule in unknown_rules]
    names = [rule["id"] for rule in unknown_rules]
    possible.append(tuple(true_rule["send"]) if true_rule else ())
    names.append(true_rule["id"] if true_rule else "no rule")
    return come_to(program, once(possible), tuple(names), tuple(n for n in spoken_of(program) if n in missing))


def is_ours_by_nature(program: dict[str, Any], call: dict[str, Any]) -> bool | None:
    """Whether a call is, or may be, ours with every hazard ignored; nobody knows while its type has no family."""
    if call.get("family") is None:
        return None
    return decide(program, {**call, **dict.fromkeys(HAZARDS, False)}).outcome != "not ours"


def come_to(program: dict[str, Any], possible: list[Any], names: tuple[str, ...], missing: tuple[str, ...]) -> Answer:
    """What the possible answers come to."""
    ours_ids = {team["id"] for team in program.get("team", [])}
    undecided = program.get("undecided", {})
    usual, protection = undecided.get("send", "usual"), undecided.get("protection", [])
    are_ours = [bool(ours_ids & set(answer)) for answer in possible]

    def rank(service: str) -> int:
        return protection.index(service) if service in protection else -1

    if not any(are_ours):
        outcome, team = "not ours", None
        send = tuple(once([service for answer in possible for service in (answer or (usual,))]))
    elif not all(are_ours):
        outcome, team, send = "cannot be said", None, (usual,)
    elif len(possible) == 1:
        outcome, send = "ours", possible[0]
        team = next(service for service in send if service in ours_ids)
    else:
        outcome, team, send, best = "ours", None, (), -2
        for answer in possible:
            for service in answer:
                if service in ours_ids and rank(service) > best:
                    team, send, best = service, answer, rank(service)
    return Answer(outcome, tuple(possible), names, team, tuple(send), missing)


def once(things: list[Any]) -> list[Any]:
    """Each thing once, in the order of its first appearance."""
    kept: list[Any] = []
    for thing in things:
        if thing not in kept:
            kept.append(thing)
    return kept


# ------------------------------------------------------------------ what is known of a call


def with_presumptions(program: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """The call, with what the program presumes in place of what nobody said."""
    known = {name: value for name, value in call.items() if value is not None}
    return {**program.get("facts", {}).get("presumed", {}), **known}


def local_time(program: dict[str, Any], call: dict[str, Any]) -> dt.datetime:
    """The hands of the clock on the city's wall when the call came in."""
    zone = zoneinfo.ZoneInfo(program["program"]["time_zone"])
    return call["received_at"].astimezone(zone).replace(tzinfo=None)


def spoken_of(program: dict[str, Any]) -> list[str]:
    """Every column that a rule speaks of, in the order of the document."""
    return once([name for rule in program.get("rule", []) for name, _ in columns_of_rule(rule)])


def missing_in(rule: dict[str, Any], known: dict[str, Any]) -> set[str]:
    """The facts that nobody knows in one rule, without those that it tests with `unknown`."""
    columns = list(columns_of_rule(rule))
    tested = {name for name, is_tested in columns if is_tested}
    return {name for name, _ in columns if name not in known and name not in tested}


def columns_of_rule(rule: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Every column that a rule speaks of, and whether it is tested with `unknown`."""
    yield from columns_of(rule["when"])
    yield from columns_of(rule.get("unless", {}))


def columns_of(table: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Every column that a condition speaks of, and whether it is tested with `unknown`."""
    for key, value in table.items():
        if key in ("any", "and_any", "all"):
            for part in value:
                yield from columns_of(part)
        elif key == "not":
            yield from columns_of(value)
        elif key == "unknown":
            yield from ((name, True) for name in listed(value))
        elif key == "area":
            yield from ((f"area_{layer}", False) for layer in value)
        elif key != "hours":
            yield COLUMN.get(key, key), False


# ------------------------------------------------------------------ whether a condition holds


def truth_of_rule(rule: dict[str, Any], known: dict[str, Any], local: dt.datetime) -> int:
    """`when`, and not `unless`."""
    told = truth(rule["when"], known, local)
    return min(told, -truth(rule["unless"], known, local)) if "unless" in rule else told


def truth(table: dict[str, Any], known: dict[str, Any], local: dt.datetime) -> int:
    """Whether every entry of a condition holds."""
    return min((truth_of_entry(key, value, known, local) for key, value in table.items()), default=TRUE)


def truth_of_entry(key: str, value: Any, known: dict[str, Any], local: dt.datetime) -> int:
    """Whether one entry of a condition holds."""
    if key == "all":
        return min(truth(part, known, local) for part in value)
    if key in ("any", "and_any"):
        return max(truth(part, known, local) for part in value)
    if key == "not":
        return -truth(value, known, local)
    if key == "unknown":
        return said(all(name not in known for name in listed(value)))
    if key == "hours":
        return said(lies_within(value, local))
    if key == "area":
        layers = [
            among(f"area_{layer}", [str(name) for name in listed(names)], known) for layer, names in value.items()
        ]
        return min(layers)
    column = COLUMN.get(key, key)
    if column not in known:
        return NOBODY_KNOWS
    if key == "type":
        return said(any(matches(pattern, known[column]) for pattern in listed(value)))
    if key == "priority" and isinstance(value, dict):
        low, high = value.get("at_least"), value.get("at_most")
        return said((low is None or known[column] >= low) and (high is None or known[column] <= high))
    return among(column, listed(value), known)


def among(column: str, values: list[Any], known: dict[str, Any]) -> int:
    """Whether a column has one of the values."""
    return said(known[column] in values) if column in known else NOBODY_KNOWS


def said(holds: bool) -> int:
    """A truth that is known."""
    return TRUE if holds else FALSE


def listed(value: Any) -> list[Any]:
    """A list, or the one thing as a list."""
    return value if isinstance(value, list) else [value]


def matches(pattern: str, word: str) -> bool:
    """Whether a word matches a pattern; `*` stands for any letters, case does not matter (for ASCII)."""
    pattern, word = pattern.lower(), word.lower()
    if "*" not in pattern:
        return pattern == word
    first, rest = pattern.split("*", 1)
    return word.startswith(first) and any(matches(rest, word[i:]) for i in range(len(first), len(word) + 1))


def lies_within(hours: dict[str, Any], local: dt.datetime) -> bool:
    """Whether an interval that began today or yesterday, on one of its days, still holds."""
    days = [day for word in listed(hours.get("days", "daily")) for day in days_of(word)]
    begins, ends = time_of(hours.get("from", "00:00")), time_of(hours.get("to", "24:00"))
    for began in (local.date(), local.date() - dt.timedelta(days=1)):
        if WEEK[began.weekday()] in days:
            start, end = dt.datetime.combine(began, begins), dt.datetime.combine(began, ends)
            if end <= start:
                end += dt.timedelta(days=1)
            if start <= local < end:
                return True
    return False


def days_of(word: str) -> list[str]:
    """The days of the week that a word means."""
    return {"daily": WEEK, "weekdays": WEEK[:5], "weekends": WEEK[5:]}.get(word, [word])


def time_of(text: str) -> dt.time:
    """A time of day; 24:00 is midnight."""
    hour, minute = text.split(":")
    return dt.time(int(hour) % 24, int(minute))


# ------------------------------------------------------------------ which rules are refused


def is_true_of_the_unknown(rule: dict[str, Any], presumed: dict[str, Any]) -> bool:
    """Whether a rule is true, at some half hour of a week, of a call of which nobody said anything."""
    monday = dt.datetime(2024, 1, 1)
    moments = [monday + dt.timedelta(minutes=30 * i) for i in range(7 * 48)] if "'hours'" in repr(rule) else [monday]
    return any(truth_of_rule(rule, presumed, moment) == TRUE for moment in moments)
