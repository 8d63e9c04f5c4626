"""Which column of an export is what: guessed from names and from values, each with how sure it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from rightcall import tables
from rightcall.calls.columns import HAZARDS
from rightcall.calls.layout import Flag, Layout, Places

# Ordered by how telling a name is. A name matches when the pattern is found in its words.
NAMES: dict[str, tuple[str, ...]] = {
    "incident_number": (
        r"^(incident|event|case|cad|cfs|inci|call|nopd|master incident|service|report|complaint)s? ?(item|event|incident|call)? ?(number|num|no|nbr|id)$",
        r"^(incident|event|cad|call) .*(number|num|no|id)$", r"^(number|item number|incident|event)$", r"(number|num)$", r"^(record )?id$",
    ),
    "first_type": (
        r"^initial (call )?(type|nature|problem)( text| desc.*)?$|\b(type|nature|problem) initial$", r"^(call|incident|event|problem|cfs) ?type (desc.*|text|(display )?name)$",
        r"^(call|incident|event|problem|cfs) ?type$",
        r"^(nature|problem|call nature|nature of call|type text|type desc.*|type|nature text)$",
        r"^(call|type|incident|event|nature|problem) ?desc.*$", r"^type of (incident|call|event)$",
        r"^(offense|crime|signal|complaint)( type| desc.*)?$", r"^(call|event|incident) ?(code|category|class)$", r"^category$|^desc(ription)?$",
        r"\b(call|incident|event|nature|problem)\b.*\b(type|nature|desc.*)$",
        r"(code|signal|ucr|offense|crime|complaint|radio|activity)\b.*\bdesc\w*$",
    ),
    "last_type": (
        r"^(final|closing|last|closed|close) ?(as|call|incident)? ?(type|nature|problem|code desc.*)?( text| desc.*)?$",
        r"^(event )?clearance (code )?desc.*$|\b(type|nature|problem) (final|closed?|closing)$",
    ),
    "priority": (r"^(initial |call |event |incident )?priority( code| level| desc.*| number)?$", r"^(init|initial) ?prio.*$", r"priority"),
    "origin": (
        r"^(call|incident|event)? ?(origin|source)( type| desc.*)?$", r"^how (received|reported)$", r"^(received|reported) (by|how|via)$", r"^method( of)?( call)?( (received|rcvd|recvd))?$",
        r"^call ?type ?received$",
    ),
    "area_beat": (
        r"^(police |cad |patrol |response )?(beat|zone|grid|rd|reporting (area|district)|grid location|beat id|rd number|ra)$",
        r"^patrol district$", r"^beat .*$", r"^dispatch (area|group|zone)$",
    ),
    "area_sector": (
        r"^(police )?(sector|precinct|substation|division|station|quadrant)( id| name| sca)?$", r"^(police|patrol)? ?district( name)?$",
        r"^(area ?name|patrol area|area)$",
    ),
    "area_district": (r"^(city )?council( district| dist| ward)?( name| number)?$", r"^ward( name| number)?$", r"^commission(er)? district$"),
    "area_neighborhood": (r"^neighbou?rh?(oo)?d( name)?$", r"^community( area| name)?$", r"\bneighbou?rhood\b"),
    "area_zip": (r"^(zip|postal)( ?code)?$", r"^zipcode$"),
    "place_text": (
        r"^(block|incident|event|call|street|full|common)? ?address( block| text| public)?$", r"^(hundred )?block( id| range)?$", r"^street( name)?$",
        r"^(incident |event )?location( text| desc.*)?$", r"^intersection$", r"\baddress\b|addr$|\b(hundred )?block\b",
    ),
    "place_kind": (r"^(location|place|premise)s? (type|kind|desc.*)$",),
    "unit": (
        r"^(primary|first|responding|assigned|dispatched)? ?units?( id| name| number| ids)?$", r"^prime ?unit$", r"^(call ?sign|apparatus|vehicle id)$",
        r"^units? (assigned|dispd|dispatched|list)$",
    ),
    "disposition": (r"^disposition( text| desc.*)?$", r"^disposition code$", r"\bdisposition\b", r"^dispo?( text| desc.*| code)?$", r"^(clearance|outcome|result|resolution)( code| desc.*)?$", r"^clr code$", r"^cleared? (as|by)$"),
    "closed_reason": (r"^(close|closed|cancel)( ?code| reason| comment)$",),
    "agency": (r"^(responding |primary )?agency( name| code| id)?$", r"^department$", r"^(org|ori)$"),
    "jurisdiction": (r"^jurisdiction( name)?$", r"^(city|municipality|town)( name)?$"),
    "service": (r"^(service|discipline|call service)$",),
    "language": (r"^(caller )?language$",),
    "age_band": (r"^(patient |caller |subject )?age( group| band| range)?$",),
    "caller": (r"^caller( type| party| relation.*)?$",),
    "check_hour": (r"^hour( of day)?$", r"^(call|incident|event|received) hour$"),
    "check_weekday": (r"^(day of ?week|weekday|dow|day ?name|day)$",),
    "check_month": (r"^month( name)?$",),
    "check_year": (r"^(year|yr)$",),
}  # fmt: skip

FLAG_NAMES: dict[str, str] = {
    "weapon": r"\b(weapons?|gun|firearm|armed)\b",
    "violence": r"\b(violence|violent|assaultive)\b",
    "injury": r"\b(injur(y|ies|ed)|hurt)\b",
    "medical_emergency": r"\bmedical (emergency|need)\b|\bems needed\b",
    "attempt_in_progress": r"\bsuicide attempt\b|\battempt in progress\b",
    "crime_in_progress": r"\bin progress\b|\bcrime in progress\b",
    "fire": r"^(fire|smoke)( present| flag)?$",
    "in_traffic": r"\b(in|obstructing|blocking) traffic\b",
    "intimate_partner": r"\b(dv|domestic( violence)?|intimate partner)\b",
    "sexual_or_child_present": r"\bchild(ren)? present\b",
    "mental_health": r"\b(mental( health)?|mh|behavioral health|edp|cit)\b",
    "alcohol": r"\b(alcohol|intoxicat\w*|etoh)\b",
    "drugs": r"\b(drugs?|narcotics?|substance)( related)?\b",
    "needs_report": r"\breport (needed|required)\b",
    "caller_asks_police": r"\b(wants|asks( for)?|requests) police\b",
}
# A wrong incident number would merge calls, so that a doubtful one is none.
LEAST = {"incident_number": 0.15, "origin": 0.1}
YES = ("Y", "YES", "TRUE", "T", "1")
NO = ("N", "NO", "FALSE", "F", "0")
UNKNOWN_WORDS = ("", "U", "UNK", "UNKNOWN", "NA", "N/A", "NULL", "NONE", "NOT ASKED", "?")

ORIGIN_WORDS: dict[str, str] = {
    "officer": r"officer|radio|self|on.?view|field|proactive|unit init|flag",
    "911": r"(?<!not )(?<!non )(?<!non-)(\b[ew]?-?911\b|\b9-1-1\b)|(?<!non-)(?<!non )emergency line",
    "988": r"\b988\b|crisis line|lifeline",
    "311": r"\b311\b",
    "alarm": r"alarm|asap",
    "online": r"online|web|internet|app\b|text",
    "walk-up": r"walk|in person|lobby|counter|station|desk",
    "non-emergency": r"phone|telephone|non.?emerg|admin|seven digit|7.?digit|^call$|direct|landline|cell|wireless|voip",
}
CALLER_WORDS = {"first party": r"first|1st|\bself\b", "second party": r"second|2nd", "third party": r"third|3rd"}
PLACE_KIND_WORDS = {
    "private residence": r"residen|apart|home|house|dwelling|condo",
    "school": r"school|college|univers|campus",
    "care facility": r"hospital|clinic|nursing|care (center|facility)|shelter",
    "vehicle": r"vehicle|car\b|bus\b",
    "public building": r"library|government|city hall|church|public build|transit",
    "business": r"business|store|shop|restaurant|bar\b|hotel|motel|bank|office|commercial|gas",
    "outside": r"street|road|sidewalk|park|outside|outdoor|highway|alley|intersection|lot\b|field",
}
VALUE_WORDS = {"origin": ORIGIN_WORDS, "caller": CALLER_WORDS, "place_kind": PLACE_KIND_WORDS}


@dataclass(frozen=True)
class Look:
    """What a column looks like in the sample: filled share, distinct values, numeric share, most common values."""

    filled: float
    distinct: int
    numeric: float
    common: tuple[str, ...]
    longest: int
    rows: int


def words(name: str) -> str:
    """A column name as lower-case words: `FirstDispatchTime` → `first dispatch time`."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    return re.sub(r"[^a-z0-9]+", " ", name.lower().replace("#", " number ")).strip()


def look(column: pl.Series) -> Look:
    """Summarize one text column."""
    values = column.str.strip_chars()
    filled = values.filter(values.is_not_null() & ~values.str.to_uppercase().is_in(("", "NA", "N/A", "NULL", "NONE")))
    common = filled.value_counts(sort=True).head(60).to_series(0).to_list() if filled.len() else []
    return Look(
        filled=filled.len() / max(column.len(), 1),
        distinct=filled.n_unique(),
        numeric=tables.real(filled.cast(pl.Float64, strict=False).is_not_null().mean()),
        common=tuple(common),
        longest=int(tables.real(filled.str.len_chars().max())),
        rows=column.len(),
    )


def _fits(role: str, seen: Look) -> float:
    """How well values suit a role, 0 to 1; 0 rules the column out."""
    if seen.filled == 0:
        return 0.0
    if role == "incident_number":
        # An incident may stand in several rows, one a unit; a name of a unit or a place stands in very many.
        return seen.filled * min(1.0, 4 * seen.distinct / max(seen.filled * seen.rows, 1))
    if role in ("first_type", "last_type"):
        texty = seen.numeric < 0.5
        repeating = seen.distinct < max(40, 0.5 * seen.rows)
        # The finest column of several tells most; a column of four groups is a summary of another.
        return seen.filled * (0.6 + 0.4 * min(seen.distinct / 40, 1)) if texty and repeating else 0.0
    if role in ("origin", "caller"):
        # "Received by" can name a way or a person: the words decide.
        told = [any(re.search(word, value.lower()) for word in VALUE_WORDS[role].values()) for value in seen.common]
        return 0.1 + 0.9 * sum(told) / max(len(told), 1) if seen.distinct <= 40 else 0.0
    if role in ("priority", "service", "jurisdiction", "agency"):
        return 1.0 if seen.distinct <= 40 else 0.0
    if role == "place_text":
        return 0.5 + 0.5 * seen.filled if seen.numeric < 0.9 else 0.0
    if role == "check_hour":
        return 1.0 if seen.distinct <= 24 else 0.0
    if role == "check_weekday":
        return 1.0 if seen.distinct <= 7 else 0.0
    if role == "check_month":
        return 1.0 if seen.distinct <= 12 else 0.0
    if role == "area_zip":
        return 1.0 if seen.longest <= 10 else 0.0
    if role.startswith("area_"):
        return 1.0 if seen.distinct <= max(20, 0.2 * seen.rows) and seen.distinct > 1 else 0.0
    return 0.5 + 0.5 * seen.filled


def roles(frame: pl.DataFrame, *, taken: set[str]) -> tuple[dict[str, str], dict[str, float]]:
    """Assign text columns to roles. Returns (role → column, role → how sure, 0 to 1)."""
    looks = {name: look(frame[name]) for name in frame.columns if name not in taken}
    offers = []
    for position, (name, seen) in enumerate(looks.items()):
        plain = words(name)
        for role, patterns in NAMES.items():
            for rank, pattern in enumerate(patterns):
                if re.search(pattern, plain):
                    score = (1 - rank / (len(patterns) + 1)) * _fits(role, seen)
                    offers.append((score, -position, role, name))
                    break
    found: dict[str, str] = {}
    sure: dict[str, float] = {}
    for score, _, role, name in sorted(offers, reverse=True):
        if score > LEAST.get(role, 0) and role not in found and name not in found.values():
            found[role] = name
            sure[role] = round(score, 2)
    return found, sure


def flags(frame: pl.DataFrame, *, taken: set[str]) -> dict[str, Flag]:
    """Columns that say yes or no to a fact.

    A box that nobody ticked is not a no: where a hazard's column holds only 0 and 1 and is never blank, 0 is
    unknown. An explicit no beside blanks, or in letters, is a no.
    """
    found: dict[str, Flag] = {}
    for name in frame.columns:
        if name in taken:
            continue
        fact = next((fact for fact, pattern in FLAG_NAMES.items() if re.search(pattern, words(name))), None)
        if fact is None or fact in found:
            continue
        values = frame[name].fill_null("").str.strip_chars().unique().to_list()
        upper = {value.upper() for value in values}
        if not upper <= {*YES, *NO, *UNKNOWN_WORDS} or not upper & {*YES, *NO}:
            continue
        true = tuple(sorted(value for value in values if value.upper() in YES))
        false = tuple(sorted(value for value in values if value.upper() in NO))
        why = ""
        if fact in HAZARDS and upper <= {"0", "1"}:
            false, why = (), "a box that nobody ticked is not a no"
        found[fact] = Flag(column=name, true=true, false=false, why=why)
    return found


def officer_initiated(frame: pl.DataFrame) -> Flag | None:
    """A yes-or-no column that says whether an officer began it."""
    for name in frame.columns:
        if re.search(r"\b(officer|self|proactive)\b.*\binit", words(name)):
            values = [value for value in frame[name].drop_nulls().unique().to_list()]
            true = tuple(value for value in values if value.strip().upper() in YES)
            false = tuple(value for value in values if value.strip().upper() in NO)
            if true or false:
                return Flag(column=name, true=true, false=false)
    return None


def value_map(role: str, column: pl.Series) -> dict[str, str]:
    """The city's words for an origin, a caller or a place → ours, where a word tells."""
    seen = column.drop_nulls().str.strip_chars().unique().sort().to_list()
    chosen = {}
    for value in seen[:400]:
        for ours, pattern in VALUE_WORDS[role].items():
            if re.search(pattern, value.lower()):
                chosen[value] = ours
                break
    return chosen


def priorities(column: pl.Series) -> dict[str, int]:
    """The city's priorities → numbers, by the first number in each; words without a number stay unknown."""
    levels = {}
    for value in column.drop_nulls().unique().sort().to_list()[:100]:
        digits = re.search(r"\d{1,2}", value)
        if digits:
            levels[value] = int(digits.group())
    return levels


def places(frame: pl.DataFrame, *, taken: set[str]) -> Places:
    """Which columns hold coordinates, by name and by range."""

    def column(pattern: str, low: float, high: float, *, but: str | None = None) -> str | None:
        for name in frame.columns:
            if name in taken or name == but or not re.search(pattern, words(name)):
                continue
            values = frame[name].str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
            values = values.filter(values != 0)
            if values.len() and tables.real(values.is_between(low, high).mean()) >= 0.95:
                return name
        return None

    lat = column(r"\blat(itude)?\b", -90, 90) or column(r"\by( coord.*)?$|^map y$", -90, 90)
    lon = column(r"\b(lon|lng|long|longitude)\b", -180, 180) or column(r"\bx( coord.*)?$|^map x$", -180, 180, but=lat)
    if lat and lon:
        return Places(lat=lat, lon=lon)
    x = column(r"\b(x|easting)\b|^(geo|map|point|state plane)? ?x", 181, 1e9)
    y = column(r"\b(y|northing)\b|^(geo|map|point|state plane)? ?y", 181, 1e9)
    for name in frame.columns:
        sample = frame[name].drop_nulls().head(200)
        if sample.len() and tables.real(sample.str.contains(POINT).mean()) >= 0.9:
            return Places(point=name)
    return Places(x=x, y=y) if x and y else Places()


POINT = r"(?:POINT\s*)?\(\s*-?\d+\.\d+[ ,]+-?\d+\.\d+\s*\)\s*$"


def complete(layout: Layout, frame: pl.DataFrame) -> Layout:
    """Fill what the layout leaves open from the names and the values of `frame` (a sample, all text)."""
    taken = set(layout.uses())
    found_flags = {**flags(frame, taken=taken), **layout.flags}
    initiated = layout.officer_initiated or officer_initiated(frame.drop(taken & set(frame.columns)))
    spots = layout.places if layout.places.names() else places(frame, taken=taken)
    taken |= {flag.column for flag in found_flags.values()} | set(spots.names())
    if initiated:
        taken.add(initiated.column)
    found, sure = roles(frame, taken=taken)
    named = {**{role: name for role, name in found.items() if name not in taken}, **layout.columns}
    if "first_type" not in named and "last_type" in named and "last_type" not in layout.columns:
        # Rules speak of the first type; where an export has only the last, that is all there is.
        named["first_type"], sure["first_type"] = named.pop("last_type"), min(sure["last_type"], 0.3)
    values = dict(layout.values)
    for role in VALUE_WORDS:
        if role in named and role not in values:
            values[role] = value_map(role, frame[named[role]])
    levels = layout.priorities or (priorities(frame[named["priority"]]) if "priority" in named else {})
    return layout.model_copy(
        update={
            "columns": named, "flags": found_flags, "officer_initiated": initiated, "places": spots,
            "values": {role: chosen for role, chosen in values.items() if chosen}, "priorities": levels,
            "sure": {**{role: sure[role] for role in named if role in sure}, **layout.sure},
        }
    )  # fmt: skip
