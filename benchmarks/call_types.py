"""How often our proposed family agrees with the category that people at the Vera Institute gave the same label.

Every city and column is counted by itself, weighed by calls. Labels that Vera left without a category cannot agree or
disagree; they are reported as a share. `vera_disputed.csv` names assignments that we hold to be slips of Vera's list;
agreement is printed with and without them. Run with `--worst` to see the ten biggest disagreements of each column.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rightcall.calls.call_types import Proposal, propose

HERE = Path(__file__).parent
DATA = Path(os.environ.get("RIGHTCALL_DATA", HERE.parents[1] / "shared" / "data"))
LABELS = DATA / "call_types" / "vera-call-types.csv"
TARGET = 0.9

# Vera's own spellings of one category.
VARIANTS = {
    "Assist the Public": "Assisting the Public",
    "Call Related Isuues": "Call Related Issues",
    "Traffic": "Accidents/Traffic Safety",
    "Warrant": "Warrants",
}

COMPLAINTS, CRIMES, TRAFFIC = "Complaints/Environmental Conditions", "Other Crimes", "Accidents/Traffic Safety"
STATUSES = "Statuses"

CATEGORIES = {
    "mental health": "Behavioral Health",
    "suicide": "Behavioral Health",
    "welfare": "Assisting the Public",
    "trespass": CRIMES,
    "intoxication": COMPLAINTS,
    "disorder": COMPLAINTS,
    "verbal disturbance": COMPLAINTS,
    "domestic": "Domestic Violence",
    "noise": COMPLAINTS,
    "panhandling": COMPLAINTS,
    "homelessness": COMPLAINTS,
    "indecency": "Sex Offenses",
    "drugs": "Drugs",
    "overdose": "Medical Emergencies",
    "medical": "Medical Emergencies",
    "medical transfer": "Medical Emergencies",
    "death": STATUSES,
    "suspicious": "Suspicion",
    "missing": "Missing Persons",
    "juvenile": "Status Offenses",
    "harassment": COMPLAINTS,
    "violence": "Violent Crime",
    "weapons": CRIMES,
    "sexual offense": "Sex Offenses",
    "property": "Property Crime",
    "found property": COMPLAINTS,
    "fraud": CRIMES,
    "vice": CRIMES,
    "traffic": TRAFFIC,
    "animal": COMPLAINTS,
    "alarm": "Alarms",
    "fire": "Fire",
    "hazard": COMPLAINTS,
    "public assistance": "Assisting the Public",
    "warrants": "Warrants",
    "agency assistance": STATUSES,
    "officer needs help": "Officer Needs Help",
    "unknown trouble": "Call Related Issues",
    "follow up": STATUSES,
    "officer-initiated": STATUSES,
    "administrative": STATUSES,
}

# Where one family of ours spans two categories of Vera, the common type decides.
REFINED = {
    ("traffic", "DUI"): CRIMES,
    ("officer-initiated", "TSTOP"): TRAFFIC,
    ("officer-initiated", "PURSUIT"): CRIMES,
    ("officer-initiated", "ELUDING"): CRIMES,
    ("officer-initiated", "RESIST"): CRIMES,
    ("harassment", "THREATS"): CRIMES,
    ("harassment", "EXTORT"): CRIMES,
    ("domestic", "ORDERV"): CRIMES,
    ("verbal disturbance", "CITASST"): "Assisting the Public",
    ("vice", "LIQUOR"): "Liquor Violations",
    ("fire", "FARSON"): "Property Crime",
    ("found property", "VEHREC"): STATUSES,
    ("unknown trouble", "SUSP"): COMPLAINTS,  # "complaint", not further described
}

# Families that may also agree with a second category, because Vera's categories overlap there.
SECOND = {
    # Vera parts Violent Crime from Other Crimes by the charge (aggravated or not); a call's words seldom tell it.
    "violence": CRIMES,
    # "Drunk" and "disorderly conduct" are Other Crimes in Vera's list, "intoxicated person", "disturbance" Complaints.
    "intoxication": CRIMES,
    "disorder": CRIMES,
    # Found property is Statuses in Dallas, Complaints in Charleston and New Orleans.
    "found property": STATUSES,
}


@dataclass(frozen=True)
class Label:
    """A label of Vera's list with our proposal."""

    city: str
    column: str
    text: str
    calls: int
    category: str
    proposal: Proposal
    disputed: bool

    @property
    def agrees(self) -> bool:
        """Whether our family stands for Vera's category."""
        return self.category in ours(self.proposal)


@dataclass(frozen=True)
class Score:
    """Agreement in one column of one city, as shares of calls."""

    raw: float
    undisputed: float
    disputed: float
    unmapped: float
    without_category: float


def ours(proposal: Proposal) -> tuple[str, ...]:
    """Vera's categories that our proposal stands for; the first is the main one."""
    family = proposal.family
    if family is None:
        return ()
    refined = REFINED.get((family, proposal.common_type or ""))
    second = SECOND.get(family)
    return (refined or CATEGORIES[family], *([second] if second else []))


def read_labels(path: Path = LABELS) -> list[Label]:
    """Vera's labels with their categories, spellings merged, and our proposals."""
    with (HERE / "vera_disputed.csv").open(encoding="utf-8", newline="") as file:
        disputes = list(csv.DictReader(file))
    labels = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            category = VARIANTS.get(row["Category"].strip(), row["Category"].strip())
            city, column, text = row["City"], row["Column_name"], row["Field 1"]
            disputed = any(
                d["city"] == city
                and d["column"] in ("*", column)
                and d["vera_category"] == category
                and fnmatchcase(text.strip(), d["label_pattern"])
                for d in disputes
            )
            labels.append(Label(city, column, text, int(row["Count"]), category, propose(text), disputed))
    return labels


def score(labels: list[Label]) -> Score:
    """Shares of calls of these labels."""
    every = sum(label.calls for label in labels)
    judged = [label for label in labels if label.category]
    calls = sum(label.calls for label in judged)
    kept = [label for label in judged if not label.disputed]
    kept_calls = sum(label.calls for label in kept)
    return Score(
        raw=sum(label.calls for label in judged if label.agrees) / calls,
        undisputed=sum(label.calls for label in kept if label.agrees) / kept_calls,
        disputed=1 - kept_calls / calls,
        unmapped=sum(label.calls for label in labels if label.proposal.family is None) / every,
        without_category=1 - calls / every,
    )


def columns(labels: list[Label]) -> Iterator[tuple[str, list[Label]]]:
    """The labels of every column of every city; columns of one city name the same calls and are never pooled."""
    for city, column in dict.fromkeys((label.city, label.column) for label in labels):
        yield f"{city}, {column}", [label for label in labels if (label.city, label.column) == (city, column)]


def print_worst(labels: list[Label]) -> None:
    """The ten labels with most calls on which we and Vera disagree."""
    wrong = [label for label in labels if label.category and not label.agrees]
    for label in sorted(wrong, key=lambda label: -label.calls)[:10]:
        mark = " (disputed)" if label.disputed else ""
        print(f"    {label.calls:>8,}  {label.text.strip()}: Vera {label.category}, ours {label.proposal.family}{mark}")


def main() -> None:
    """Print agreement for every city and column."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worst", action="store_true", help="print the ten biggest disagreements of each column")
    worst = parser.parse_args().worst
    if not LABELS.exists():
        print(f"Nothing measured: the Vera call types are not at {LABELS}.")
        return
    print(f"{'':44}{'raw':>8}{'undisputed':>12}{'disputed':>10}{'unmapped':>10}{'no category':>13}")
    for name, labels in columns(read_labels()):
        found = score(labels)
        print(
            f"{name:44}{found.raw:>8.1%}{found.undisputed:>12.1%}{found.disputed:>10.1%}{found.unmapped:>10.1%}"
            f"{found.without_category:>13.1%}"
        )
        if worst:
            print_worst(labels)


if __name__ == "__main__":
    main()
