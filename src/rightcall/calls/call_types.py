"""From a city's own call-type words to families: propose, let a person review, apply.

`lexicon.csv` holds phrases in order of strength. A phrase matches a label that holds all its words, in any order; the
first match wins, but first of all a phrase that is the whole label. Rows without a family tell only facts, their words
side by side; without facts, they keep words from telling one ("fire department" is not a fire). `reads=` writes out a
short form, or keeps a word from being taken for a similar one.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
from rapidfuzz import fuzz, process

from rightcall import tables
from rightcall.calls.columns import FACTS, FAMILY_BASES, HAZARDS
from rightcall.calls.families import CRIMES

SAID_ONLY = {"imminent_risk", "verified_caution", "scene_secured", "caller_asks_police", "no_phone"}
WORD_FACTS = tuple(name for name in FACTS if name not in SAID_ONLY)  # facts that the word for a type can tell
COLUMNS: dict[str, type[pl.DataType]] = {
    "type": pl.String, "calls": pl.Int64, "family": pl.String, "common_type": pl.String, "confidence": pl.Float64,
    "reviewed_by": pl.String, "why": pl.String, **dict.fromkeys(WORD_FACTS, pl.Boolean),
}  # fmt: skip
NO_MAPPING = pl.DataFrame(schema=COLUMNS)
EQUAL, INSIDE, SCATTERED, SHORTENED, VAGUE = 0.95, 0.85, 0.75, 0.7, 0.5

# Applied in order to the lower-cased label.
SPELLINGS = {
    r"\S+(\.\.\.|…)\s*$": " ",  # a word that was cut could be any word
    r"(?<=\w)\((s|es|ren)\)": r"\1",
    r"[;,:()\[\]|]|--|\s-|-\s|_": " | ",  # the parts of a label: a "no" ends with its part
    r"\bother than\b|\bexcept\b|\bexcluding\b": " not ",
    r"\bwith (and/)?or w/?(ith)?o(ut)?\b": " if ",
    r"\bnot (in progress|i/?p)\b": " past ",
    r"\bco(?= (alarm|detector|poison|investigation))": " carbon monoxide ",
    r"\b(n-|non-?)(?=[a-z]{3})": " non ",
    r"\bno(?=inj|wpn|weap|viol)": " no ",
    r"\bpriority \d": " ",
    r"\bdist\b(?<!long dist)": " disturbance ",
    r"['’`]s?\b": "",
}
# "viol" is short for violence only beside these; else it is a violation.
VIOLENT_COMPANY = re.compile(r"\b(dom\w*|dv|mental\w*|mntl|psych?\w*|edp)\b|\b(non?|not) vio|\bviol? (sub|per|pat)")
PROTOCOL = re.compile(r"^\W*(\d{1,3})-?([A-EO])-?(\d{0,2})-?([A-Z]?)(?=[\W_]|$)")
SUFFIX_FACTS = {"W": ["weapon"], "G": ["weapon"], "K": ["weapon"], "V": ["violence"], "B": ["weapon", "violence"]}
SUFFIX_PROTOCOLS = {"mpds 23", "mpds 25"}  # in other medical protocols the same letters mean other things
# Words that lose their meaning with their ending: smoking is not smoke, training is not a train.
WHOLE = {"smoking", "being", "parking", "parked", "training"}
NEGATORS = {"no", "non", "not", "without", "nor", "never"}
CARRIES = {"any", "known", "serious", "apparent", "visible", "physical", "reported", "nor", "further", "include"}
DOUBTS = {"unknown", "if"}  # "unknown injury" tells neither
# Only words that name a fact can deny it: "no assault" leaves open whether there was another kind of violence.
DENIABLE = {"weapon", "armed", "violent", "violence", "injury", "injured", "urgent", "emergency"}
NOISE = {"of", "the", "a", "an", "in", "to", "by", "for", "and", "or", "at", "on", "with", "from", "other", "general"}
QUALIFIERS = {"progress", "just", "occurred", "past", "urgent", "non", "report", "cold", "call", "priority"}
VAGUE_WORDS = {"complaint", "problem", "assist", "trouble", "information", "call", "emergency", "assistance", "hazard"}
BY_PERSON = pl.col("reviewed_by").fill_null("").str.strip_chars() != ""


@dataclass(frozen=True)
class Proposal:
    """What the words of a label suggest, how sure that is, and why. A missing fact is unknown."""

    family: str | None
    common_type: str | None
    confidence: float
    why: str
    facts: dict[str, bool] = field(default_factory=dict)


class _Row(NamedTuple):
    """A row of the lexicon; `words` are stems."""

    phrase: str
    words: tuple[str, ...]
    family: str | None
    common_type: str | None
    facts: dict[str, bool]


class _Word(NamedTuple):
    """A word of a label: its stem as the lexicon knows it, how sure the reading is, and what stood there."""

    stem: str
    sure: float
    written: str
    negated: bool


def _skeleton(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word[:1] + re.sub(r"[aeiouy]", "", word[1:]))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if word in WHOLE:
        return word
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        word = word[:-1]
    if len(word) >= 6 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) >= 5 and word.endswith("ed") and not word.endswith("eed"):
        word = word[:-2]
    elif len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] != "s" else word


def _load() -> tuple[list[_Row], dict[tuple[str, ...], dict[str, bool]], dict[str, str], dict[str, str]]:
    """The lexicon: rows that give a family, rows that only tell facts, short forms, and all words with their stems."""
    rows: list[_Row] = []
    facts: dict[tuple[str, ...], dict[str, bool]] = {}
    reads: dict[str, str] = {}
    known: dict[str, str] = {}
    with Path(__file__).with_name("lexicon.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phrase, (kind, _, value) = row["phrase"], row["facts"].partition("=")
            if kind == "reads":
                reads[phrase] = value
                continue
            words = tuple(map(_stem, phrase.split()))
            told = {fact.removesuffix("=false"): fact[-6:] != "=false" for fact in row["facts"].split(";") if fact}
            if row["family"]:
                rows.append(_Row(phrase, words, row["family"], row["common_type"] or None, told))
            else:
                facts[words] = told
            if not phrase.startswith(("epd ", "mpds ")):
                known.update(zip(phrase.split(), words, strict=True))
    return rows, facts, reads, known


ROWS, FACT_ROWS, READS, KNOWN = _load()
DENIED = {_stem(word) for word in DENIABLE}
FORMS = {stem: stem for stem in KNOWN.values()} | KNOWN
SKELETONS = {_skeleton(word): word for word in reversed(KNOWN) if len(_skeleton(word)) >= 4}


def _parts(label: str) -> Iterator[tuple[str, str]]:
    """Every plain word of the label with the short form that it was read from; "|" stands between parts."""
    text = "".join(letter for letter in unicodedata.normalize("NFKD", label) if not unicodedata.combining(letter))
    text = PROTOCOL.sub(" ", text, count=1) if _protocol(text)[0] else text
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    for pattern, written in SPELLINGS.items():
        text = re.sub(pattern, written, text)
    if VIOLENT_COMPANY.search(text):
        text = re.sub(r"\bviol?n?t?\b", "violent", text)
    for mark in re.findall(r"[a-z0-9]+(?:[-/&+][a-z0-9]+)*|[&+|]", text):
        for part in _split(mark, "-/&+"):
            if part == "|" or part in KNOWN or part in READS or not re.search(r"\d", mark):
                yield from ((plain, part) for plain in READS.get(part, part).split())


def _split(mark: str, separators: str) -> list[str]:
    """A joined word such as "h&r" whole where the lexicon knows it, else part by part."""
    if mark in READS or not separators:
        return [mark]
    return [part for piece in mark.split(separators[0]) for part in _split(piece, separators[1:])]


def normalize(label: str) -> str:
    """Lower-case words without codes and punctuation, short forms written out; spelling is left as it is."""
    return " ".join(plain for plain, _ in _parts(label) if plain != "|")


@lru_cache(maxsize=50_000)
def _read_word(word: str) -> tuple[str, float]:
    """The stem that the lexicon knows for `word`, and how sure the reading is: 0 for an unknown word."""
    if (stem := _stem(word)) in FORMS.values():
        return stem, EQUAL
    if len(word) < 4 or word in NEGATORS | NOISE or word in READS:
        return stem, 0.0
    longer = min((other for other in KNOWN if other.startswith(word)), key=len, default="")
    if 0 < len(longer) <= 2 * len(word):
        return KNOWN[longer], SHORTENED
    shorter = max((other for other in KNOWN if len(other) >= 5 and word.startswith(other)), key=len, default="")
    if shorter and len(word) - len(shorter) <= 4:
        return KNOWN[shorter], INSIDE
    bones = SKELETONS.get(_skeleton(word), "")
    if len(word) < len(bones):
        return KNOWN[bones], SHORTENED
    found = [process.extractOne(form, FORMS.keys(), scorer=fuzz.ratio) for form in (word, stem)]
    near, score, _ = max(found, key=lambda hit: hit[1])
    if score >= (84 if len(word) > 6 else 88) and len(near) >= 5 <= len(word) and (near[0] == word[0] or score > 90):
        return FORMS[near], 0.5 + (score - 84) / 160
    return stem, 0.0


def _words(label: str) -> list[_Word]:
    """The words of a label, read, each marked where the label negates it."""
    words: list[_Word] = []
    denying = listing = False  # inside "no ...", inside "no ... or ..."
    for plain, written in _parts(label):
        if plain == "|":
            denying = listing = False
            continue
        stem, sure = _read_word(plain)
        before = words[-1] if words else None
        follows = before and (before.written in NEGATORS or (before.negated and before.written in CARRIES))
        negated = bool(listing or follows or (before and before.stem in DOUBTS and stem in DENIED))
        denying = denying or negated
        listing = listing or (denying and plain == "or")
        words.append(_Word(stem, sure if plain == written else min(sure, SHORTENED), written, negated))
    return words


def _protocol(label: str) -> tuple[str, str]:
    """The dispatch protocol that a determinant such as 121D1W or 25-A-1 names ("epd 121"), and its suffix."""
    match = PROTOCOL.match(label.upper())
    if match and 100 <= int(match[1]) <= 136:
        return f"epd {int(match[1])}", match[4]
    # Some cities number their signals "16A" or "7CE": only the full form, with a digit, is a medical determinant.
    return (f"mpds {int(match[1])}", match[4]) if match and match[3] else ("", "")


def _best(words: list[_Word], cut: str) -> tuple[_Row, float, str] | None:
    """The row that wins, the confidence, and the words that it was read from."""
    every = {word.stem: word.sure for word in reversed(words) if word.sure}
    said = {word.stem: word.sure for word in reversed(words) if word.sure and not word.negated}
    content = {word.stem for word in words} - {_stem(word) for word in NOISE | QUALIFIERS}

    def fits(row: _Row) -> bool:
        lacking = set(row.words) - (every if NEGATORS.intersection(row.words) else said).keys()
        return not lacking or (len(lacking) == 1 < len(row.words) and len(cut) > 1 and min(lacking).startswith(cut))

    fitting = [row for row in ROWS if fits(row)]
    if not fitting:
        return None
    won = next((row for row in fitting if content <= set(row.words)), fitting[0])
    # Words that say little, and bare numbers of a penal code, which differ from state to state.
    vague = set(won.phrase.split()) <= VAGUE_WORDS or (won.phrase[0].isdigit() and not won.phrase.startswith("911"))
    stems = [word.stem for word in words]
    together = any(tuple(stems[i : i + len(won.words)]) == won.words for i in range(len(stems)))
    sure = [every.get(word, SHORTENED) for word in won.words]
    confidence = min(
        EQUAL if content <= set(won.words) else INSIDE if together else SCATTERED, VAGUE if vague else EQUAL, *sure
    )
    return won, confidence, " ".join(word.written for word in words if word.stem in won.words)


def _told(words: list[_Word]) -> dict[str, bool]:
    """The facts that words tell by themselves; an explicit "no" makes them false, and true beats false."""
    stems = tuple(word.stem for word in words)
    told: dict[str, bool] = {}
    i = 0
    while i < len(words):
        size = next((n for n in (3, 2, 1) if stems[i : i + n] in FACT_ROWS), 0)
        denied = words[i].negated
        if not (i and stems[i - 1] in DOUBTS) and not (denied and stems[i] not in DENIED):
            for name, value in FACT_ROWS.get(stems[i : i + size], {}).items():
                told[name] = told.get(name, False) or (value and not denied)
        i += size or 1
    return told


@lru_cache(maxsize=100_000)
def propose(label: str) -> Proposal:
    """Propose a family, a common type and facts for a city's call-type word."""
    words = _words(label)
    protocol, suffix = _protocol(label)
    facts = _told(words)
    last = words[-1] if words else None
    # An export that cuts labels leaves the beginning of their last word.
    cut = last.stem if last and not last.sure and last.stem not in NOISE and len(label.strip()) > 13 else ""
    row = next((row for row in ROWS if row.phrase == protocol), None)
    confidence, why = (SHORTENED, f"the protocol number {protocol[-3:].strip()}") if row else (0.0, "no known words")
    found = _best(words, cut)
    if found and (not row or found[1] > VAGUE):
        row, confidence, read = found
        why = f'the words "{row.phrase}"' + ("" if read == row.phrase else f', read from "{read}"')
    facts |= {name: True for name, value in (row.facts if row else {}).items() if value}
    if protocol.startswith("epd ") or protocol in SUFFIX_PROTOCOLS:
        facts |= dict.fromkeys(SUFFIX_FACTS.get(suffix, []), True)
    family = row and row.family
    if any(word.stem == "progress" for word in words):  # "in progress / just occurred": the danger counts
        facts.pop("past_event", None)
        if family == "suicide" or family in CRIMES:
            facts["attempt_in_progress" if family == "suicide" else "crime_in_progress"] = True
    return Proposal(family, row and row.common_type, round(confidence, 2), why, facts)


def propose_mapping(*, counts: pl.DataFrame, reviewed: pl.DataFrame | None = None) -> pl.DataFrame:
    """A mapping for the types in `counts` (columns `type`, `calls`), most calls first; reviewed rows are kept as is."""
    counts = counts.drop_nulls("type").group_by("type").agg(pl.col("calls").sum().cast(pl.Int64))
    old = NO_MAPPING if reviewed is None else reviewed
    old = old.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
    old = old.drop("calls").join(counts, on="type", how="left")
    kept = old.filter(BY_PERSON | pl.col("calls").is_null()).with_columns(pl.col("calls").fill_null(0))
    rows = []
    for label, calls in counts.join(kept, on="type", how="anti").iter_rows():
        found = propose(label)
        proposed = [found.family, found.common_type, found.confidence, None, found.why]
        rows.append([label, calls, *proposed, *map(found.facts.get, WORD_FACTS)])
    new = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    return pl.concat([kept.select(*COLUMNS), new]).sort("calls", "type", descending=[True, False])


def _distinct(mapping: pl.DataFrame) -> pl.DataFrame:
    return mapping.unique(subset="type", keep="first", maintain_order=True)


def row_of(mapping: pl.DataFrame, word: pl.Expr) -> pl.Expr:
    """The row of a mapping, each type counted once, that tells of a word; null where none does."""
    types = _distinct(mapping)["type"]
    rows = pl.int_range(len(types), dtype=pl.UInt32, eager=True)
    return word.replace_strict(types, rows, default=None, return_dtype=pl.UInt32)


def apply(*, calls: pl.LazyFrame, mapping: pl.DataFrame, row: pl.Expr | None = None) -> pl.LazyFrame:
    """Set family, its basis and the common type by `first_type`, and fill facts that the export leaves open.

    A recorded fact wins over the word, except that for a hazard a word that says so beats a recorded no. `row`: what
    `row_of` tells of each call, where that is known.
    """
    have = calls.collect_schema().names()
    told = _distinct(mapping)
    basis = pl.when(BY_PERSON).then(pl.lit("reviewed")).otherwise(pl.lit("proposed"))
    basis = pl.when(pl.col("family").is_not_null()).then(basis).cast(pl.Enum(FAMILY_BASES)).alias("family_basis")
    told = told.with_columns(basis)
    row = row_of(mapping, pl.col("first_type")) if row is None else row

    def by_word(column: str) -> pl.Expr:
        return tables.at(told[column], pl.col("_word_row"))

    filled = [by_word(name).alias(name) for name in ("family", "family_basis", "common_type")]
    for name in WORD_FACTS:
        known = pl.col(name) if name in have else pl.lit(None, pl.Boolean)
        if told[name].null_count() < told.height:
            word = by_word(name)
            known = pl.coalesce(known, word) if name in have else word
            known = pl.when(word).then(True).otherwise(known) if name in HAZARDS and name in have else known
        filled.append(known.alias(name))
    return calls.with_columns(row.alias("_word_row")).with_columns(filled).drop("_word_row")
