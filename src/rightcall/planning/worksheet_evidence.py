"""What a plan says to every question of the worksheet, and a fingerprint that changes when that does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rightcall.locale import ENGLISH, N_, Message, Share
from rightcall.planning import funding_reasons, home_reasons, response_reasons, staffing_reasons
from rightcall.planning.plan import Plan
from rightcall.planning.worksheet_questions import QUESTIONS

Said = list[Message]


@dataclass(frozen=True)
class Evidence:
    """What a plan says to a question, and a fingerprint that changes when what it says does, in whatever language."""

    said: tuple[Message, ...]
    fingerprint: str


def _which_calls(plan: Plan) -> Said:
    t = plan.totals
    return [
        Message(N_("By nature {n} of {public} ({share}) are calls for a team such as this."), {"n": int(t["by_nature"]), "public": int(t["public"]), "share": Share(plan.share("by_nature"))}),
        Message(N_("At most {most}, at least {least} could have been ours."), {"most": int(t["at_most"]), "least": int(t["at_least"])}),
    ]  # fmt: skip


def _which_teams(plan: Plan) -> Said:
    return response_reasons.answer(plan.comparison)[:2] if plan.comparison else []


def _which_hours(plan: Plan) -> Said:
    return response_reasons.answer(plan.comparison)[2:4] if plan.comparison else []


def _where(plan: Plan) -> Said:
    if not plan.area_layer:
        return []
    rows = plan.tables[plan.area_layer].sort("by_nature", descending=True).head(3)
    listed = [Message(N_("{area} ({n})"), {"area": row["area"], "n": row["by_nature"]}) for row in rows.iter_rows(named=True)]  # fmt: skip
    return [Message(N_("Most calls by nature come from {list}."), {"list": listed})]


def _at_the_desk(plan: Plan) -> Said:
    open_calls = int(plan.totals["at_most"] - plan.totals["at_least"])
    return [Message(N_("For {n} calls of the export it cannot be said whether they are ours, because a hazard was not recorded."), {"n": open_calls})]  # fmt: skip


def _homes(plan: Plan) -> Said:
    return home_reasons.answer(plan.home, plan.program)[:2] if plan.home else []


def _what_matters(plan: Plan) -> Said:
    return home_reasons.answer(plan.home, plan.program)[2:] if plan.home else []


def _people(plan: Plan) -> Said:
    return staffing_reasons.answer(plan.people.staffing)[:2] if plan.people else []


def _employer(plan: Plan) -> Said:
    return staffing_reasons.money(plan.people.staffing) if plan.people else []


def _target(plan: Plan) -> Said:
    return staffing_reasons.by_team(plan.people.staffing) if plan.people else []


def _positions(plan: Plan) -> Said:
    return staffing_reasons.structure(plan.people.structure) if plan.people else []


def _hiring(plan: Plan) -> Said:
    hires = plan.people.structure.hires if plan.people else None
    if hires is None:
        return []
    return [Message(N_("Posted on {posted}, the first people could be on shift on {first} and all {n} on {all}."), {"posted": hires.posted, "first": hires.first_shift, "all": hires.all_on_shift, "n": sum(hires.people.values())})]  # fmt: skip


def _cost(plan: Plan) -> Said:
    return funding_reasons.headline(plan.funding)[:1] if plan.funding else []


def _who_pays(plan: Plan) -> Said:
    return funding_reasons.headline(plan.funding)[1:] if plan.funding else []


def _cliff(plan: Plan) -> Said:
    return funding_reasons.cliff(plan.funding) if plan.funding else []


def _unknown_money(plan: Plan) -> Said:
    return funding_reasons.unknown(plan.funding) if plan.funding else []


# Questions that only people can answer have none.
SAY: Mapping[str, Callable[[Plan], Said]] = {
    "1.1": _which_calls,
    "1.2": _which_teams,
    "1.3": _which_hours,
    "1.4": _where,
    "1.5": _at_the_desk,
    "2.1": _homes,
    "2.2": _what_matters,
    "3.1": _target,
    "3.2": _people,
    "3.3": _employer,
    "4.1": _positions,
    "4.3": _hiring,
    "5.1": _cost,
    "5.2": _who_pays,
    "5.3": _cliff,
    "5.4": _unknown_money,
}


def evidence(plan: Plan) -> dict[str, Evidence]:
    """What a plan says to every question."""
    found = {}
    for question in QUESTIONS:
        said = tuple(SAY[question.id](plan)) if question.id in SAY else ()
        found[question.id] = Evidence(said, _fingerprint([str(line) for line in said]))
    return found


def _fingerprint(said: list[str]) -> str:
    """Empty where nothing is said: then nothing can change."""
    if not said:
        return ""
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:12]


def as_json(plan: Plan) -> list[dict[str, Any]]:
    """The worksheet in plan.json: evidence, from which `rightcall worksheet` takes it, and the answers that there are."""
    found, told = evidence(plan), []
    for question in QUESTIONS:
        each, answer = found[question.id], plan.worksheet.to(question.id)
        told.append({
            "id": question.id, "question": ENGLISH(question.text), "evidence": [str(line) for line in each.said], "fingerprint": each.fingerprint, "state": answer.state(each.fingerprint),
            "answer": answer.answer, "responsible": answer.responsible, "by_when": answer.by_when.isoformat() if answer.by_when else None, "open_points": answer.open_points,
        })  # fmt: skip
    return told
