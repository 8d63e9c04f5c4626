"""What happens when our teams arrive: the measures of the second of a manager's four questions.

What a crew did not write down is left out and counted, never taken for nothing having happened.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from rightcall.dispatch import outcomes
from rightcall.locale import N_
from rightcall.measures import results
from rightcall.measures.results import Result

if TYPE_CHECKING:
    from rightcall.measures.service import Service

IDS = (
    "contact_made", "settled_alone", "surprises", "involuntary", "backup_routine", "backup_urgent", "moved", "police_sent_along",
    "police_asked_us", "arrests", "force_used", "staff_injuries", "felt_safe", "harm", "complaints", "felt_helped",
)  # fmt: skip


def measure(service: Service, answered: pl.DataFrame) -> list[Result]:
    """The measures of responses that reached somebody, in the order of `IDS`."""
    visits = answered.filter(pl.col("mode") != "phone")
    found = [*_ends(service, answered, visits), *_support(service, answered, visits), *_people(service, answered), *_crews(service)]  # fmt: skip
    return sorted(found, key=lambda result: IDS.index(result.measure.id))


def _ends(service: Service, answered: pl.DataFrame, visits: pl.DataFrame) -> list[Result]:
    """What came of the responses."""
    told = answered.filter(pl.col("outcome").is_not_null() & (pl.col("outcome") != outcomes.NOT_STATED))
    met = told.filter(~pl.col("outcome").is_in(outcomes.NO_CONTACT))
    came = service.support.filter(pl.col("arrived_at").is_not_null() & pl.col("service").is_in(["police", "ems"]))
    alone = met.filter(~pl.col("outcome").is_in(outcomes.HANDED_OVER) & (pl.col("mode") != "with police")).join(came, on="response_id", how="anti")  # fmt: skip
    contact = results.share("contact_made", met.height, told.height)
    silent = answered.height - told.height
    found = [
        replace(contact, left_out={outcomes.NOT_STATED: silent} if silent else {}),
        results.share("settled_alone", alone.height, met.height),
    ]
    if {"weapon", "violence"} <= set(service.calls.columns):
        known = visits.join(service.calls.select("call_id", "weapon", "violence"), on="call_id")
        surprise = [pl.col(f"found_{fact}").fill_null(False) & ~pl.col(fact).fill_null(True) for fact in ("weapon", "violence")]  # fmt: skip
        found.append(results.share("surprises", known.filter(pl.any_horizontal(surprise)).height, known.height))
    return found


def _support(service: Service, answered: pl.DataFrame, visits: pl.DataFrame) -> list[Result]:
    """Who else came, and who asked for whom."""
    asked = service.support.join(visits.select("response_id"), on="response_id", how="semi")
    found = [
        results.share(f"backup_{how}", asked.filter(pl.col("kind") == f"asked {how}")["response_id"].n_unique(), visits.height)
        for how in ("routine", "urgent")
    ]  # fmt: skip
    rode = visits.filter(pl.col("transport_at").is_not_null()).height
    asked_us = service.support.filter(pl.col("kind") == "asked us")["response_id"]
    by_police = (pl.col("requested_by").cast(pl.String) == "police").fill_null(False) | pl.col("response_id").is_in(
        asked_us.implode()
    )
    along = asked.filter((pl.col("kind") == "sent along") & (pl.col("service") == "police"))["response_id"].n_unique()
    return [
        *found, results.share("moved", rode, visits.height), results.share("police_sent_along", along, visits.height),
        results.share("police_asked_us", answered.filter(by_police).height, answered.height),
    ]  # fmt: skip


def _people(service: Service, answered: pl.DataFrame) -> list[Result]:
    """What befell the neighbors whom crews met; of each question, those of whom the crew said either."""
    facts = {"arrests": "arrest", "force_used": "force", "harm": "harm", "complaints": "complained"}
    if service.people_met is None:
        return [results.absent(name) for name in ("involuntary", *facts, "felt_helped")]
    met = service.people_met.join(answered.select("response_id", "transport_at"), on="response_id")
    met = met.with_columns(pl.col("harm").cast(pl.String) != outcomes.NO_HARM)
    # Whoever took them: we, police or an ambulance.
    taken = met.filter(pl.coalesce(~pl.col("destination").cast(pl.String).is_in(outcomes.NO_CARE), pl.col("transport_at").is_not_null()))  # fmt: skip
    asked = taken.filter(pl.col("voluntary").is_not_null())
    against = results.share("involuntary", asked.filter(~pl.col("voluntary")).height, asked.height)
    silent = taken.height - asked.height
    rated = met.filter(pl.col("felt_helped").is_not_null())
    return [
        replace(against, left_out={N_("not said"): silent} if silent else {}),
        *(_rate(name, met.filter(fact).height, of=answered, told=met.filter(pl.col(fact).is_not_null())) for name, fact in facts.items()),
        results.share("felt_helped", rated.filter("felt_helped").height, rated.height),
    ]  # fmt: skip


def _crews(service: Service) -> list[Result]:
    """What befell our crews, on the way too."""
    if service.staff_events is None:
        return [results.absent("staff_injuries"), results.absent("felt_safe")]
    sent = service.responses.filter(pl.col("mode") != "phone")
    events = service.staff_events.join(sent.select("response_id"), on="response_id", how="semi")
    hurt = events.filter(pl.col("kind") == outcomes.INJURY)
    said = events.filter(pl.col("felt_safe").is_not_null())
    written = pl.concat([events.select("response_id"), *([] if service.people_met is None else [service.people_met.select("response_id")])])  # fmt: skip
    visits = sent.filter(pl.col("arrived_at").is_not_null() | pl.col("response_id").is_in(hurt["response_id"].implode()))  # fmt: skip
    return [
        _rate("staff_injuries", hurt.height, of=visits, told=written),
        results.share("felt_safe", said.filter("felt_safe").height, said.height),
    ]


def _rate(measure: str, events: int, *, of: pl.DataFrame, told: pl.DataFrame) -> Result:
    """Events per 1,000 of those responses of which the crew said something about it."""
    known = of.join(told, on="response_id", how="semi").height
    silent = of.height - known
    return replace(results.rate(measure, events, known), left_out={N_("nothing written down"): silent} if silent else {})  # fmt: skip


def outcomes_of(answered: pl.DataFrame) -> pl.DataFrame:
    """How the responses ended: `outcome`."""
    return answered.select("outcome")


def destinations_of(service: Service) -> pl.DataFrame:
    """Where neighbors were taken: `destination`."""
    return _people_of(service).select("destination")


def supplies_of(service: Service) -> pl.DataFrame:
    """What neighbors were given: `supplies`."""
    given = _people_of(service).select(pl.col("supplies").str.split(", "))
    return given.explode("supplies", empty_as_null=True, keep_nulls=True)


def crew_events_of(service: Service) -> pl.DataFrame:
    """What befell crews, and how grave it was: `kind, severity`."""
    events = pl.DataFrame(schema={"kind": pl.String, "severity": pl.String}) if service.staff_events is None else service.staff_events  # fmt: skip
    return events.filter(pl.col("kind") != outcomes.FELT_SAFE).select("kind", pl.col("severity").cast(pl.String).fill_null(""))  # fmt: skip


def _people_of(service: Service) -> pl.DataFrame:
    schema = {"destination": pl.String, "supplies": pl.String}
    return pl.DataFrame(schema=schema) if service.people_met is None else service.people_met
