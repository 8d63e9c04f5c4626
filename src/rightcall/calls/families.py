"""The families of calls: the few words that rules and plans speak of, whatever a city calls them.

`common_types` are codes of the list "IncidentCategoryCodeSimpleType" of the National Information Exchange Model
(NIEM, https://github.com/niemopen/niem-model, `xsd/codes/apco.xsd`), which carries the APCO Common Incident Types of
2012: 197 codes. Copyright (c) OASIS Open 2025, licensed under CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/); the codes are unchanged, their grouping into families is ours.
The list has no code of its own for mental health, so EDP ("emotional disturbance, abnormal behavior") carries it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Family:
    """A group of call types that a program would treat alike; a code may serve several families."""

    name: str
    doc: str
    common_types: tuple[str, ...]


def _family(name: str, doc: str, common_types: str = "") -> Family:
    return Family(name, doc, tuple(common_types.split()))


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        _family("mental health", "a person in a mental-health crisis or with disturbed behavior", "EDP"),
        _family("suicide", "thoughts, threats or an attempt of suicide or self-harm", "SUICIDE SUICTHRT"),
        _family("welfare", "somebody worries about a person; a person down or neglected", "WELFARE NEGLECT PERUNCON"),
        _family("trespass", "a person who is unwanted, or will not leave", "TRESPASS"),
        _family("intoxication", "a person affected by alcohol or drugs, not driving", "INTOX"),
        _family("disorder", "a disturbance or disorderly conduct, not further described", "DISORD CIVDIS SMOKING"),
        _family(
            "verbal disturbance",
            "a dispute without violence: neighbor, civil, custody, keeping the peace",
            "CIVIL FIGHT CITASST",
        ),
        _family("domestic", "a conflict between partners or within a family", "DVA DVNA ORDERV"),
        _family("noise", "loud music, parties, fireworks", "NOISE FIREWRKS"),
        _family("panhandling", "begging and soliciting", "PHANDLE"),
        _family("homelessness", "camping, sleeping outside, a person without a home"),
        _family("indecency", "exposure, urinating in public, lewd conduct", "INDECENT"),
        _family("drugs", "drug use, possession, sale, needles", "DRUGS DRUGPAR"),
        _family("overdose", "overdose or poisoning", "OD"),
        _family(
            "medical",
            "sickness and injury",
            "SICK ABDOM ALLERGIC ALS BLS ACCIND BACK BLEEDING BURN CARDIAC CHESPAIN CHOKE DIABETIC DROWN ELEC EXPOSURE "
            "EYE FALL HEADACHE HEMRG MCI PANDEMIC PERUNCON PREG RESP RESPARR SEIZURE STROKE TRAUMA TRAUMAP",
        ),
        _family("medical transfer", "a planned ride between hospitals and homes", "TRANSFER"),
        _family("death", "a person found dead", "DEATH"),
        _family(
            "suspicious", "a suspicious person, vehicle or circumstance; an open door", "SUSP PERSUSP VEHSUSP OPEN"
        ),
        _family("missing", "a missing, found or runaway person", "PERMISS PERFND RUNAWAY MISBOATR ATL"),
        _family("juvenile", "trouble with or of young people; truancy, curfew", "TRUANT CURFEW LIQUOR"),
        _family("harassment", "harassment, stalking, threats", "HARR THREATS EXTORT"),
        _family(
            "violence",
            "assault, fight, robbery, abduction, abuse, homicide",
            "ASSAULT FIGHT ROBBERY CARJACK HOMICIDE SHOOT STABBING ABDUCTF ABDUCTNF HOSTAGE BARICADE ABUSE TERROR",
        ),
        _family("weapons", "a weapon shown, carried or fired; bombs", "WEAPON BOMB BIO"),
        _family("sexual offense", "rape, sexual assault, molestation", "SEXOFFNS INTERNET"),
        _family(
            "property",
            "burglary, theft, stolen vehicles, damage",
            "BURGLARY LARCENY SHOPLIFT VEHSTLN PROPSTLN VANDAL",
        ),
        _family("found property", "property lost, found, abandoned or recovered", "PROPFND PROPLOST VEHREC"),
        _family("fraud", "fraud, forgery, impersonation, false reports", "FRAUD CNTRFT CRIMPS MISCON INTERNET"),
        _family("vice", "prostitution, gambling, liquor", "VICE LIQUOR"),
        _family(
            "traffic",
            "crashes, parking, road hazards, drunk driving, towing",
            "MVA MVAHR MVAINJY MVAUNK DUI RECKDRV CRIMTRAF PARKING THAZ VEHABND DISVEH TOW REPO TRAIN",
        ),
        _family("animal", "animals, bites, cruelty to animals", "ANIMAL BITE WILDLIFE"),
        _family(
            "alarm",
            "an alarm system reported something",
            "ALRU ALRBA ALRBS ALRBOX ALRCO ALRCO2 ALRDEFIB ALRF ALRGAS ALRHEAT ALRKPAD ALRMED ALRNGAS ALRPANA ALRPANS "
            "ALRPROPN ALRPULL ALRROBA ALRROBS ALRVEH ALRWTR",
        ),
        _family(
            "fire",
            "fire, smoke, arson",
            "FUNK FSTRU FAPT FARSON FBRUSH FELEC FFUEL FAIRC FMARINE FOTHER FREPORT FSMOKE FTRAILER FTRAIN FTRASH "
            "FTRUCK FVEH",
        ),
        _family(
            "hazard",
            "gas, wires, chemicals, water, collapse, rescue",
            "HAZMAT CHEMICAL GASLEAK ODOR WIRES ELECHZD EXPLOS RADIAT RESCUE ENTRAP XTRACATE WATER SAR BLDCLPSE "
            "BRGCLPSE TRAINDRL AIR PUBWKS MAJORINC",
        ),
        _family(
            "public assistance",
            "help or service that a resident asks for",
            "CITASST FORCENTR VEHASST VEHLOCK",
        ),
        _family("warrants", "wanted people, warrants, escapes", "WARRANT PERWANT ESCAPE ALIEN"),
        _family("agency assistance", "help for another agency", "ASSIST STDBY"),
        _family("officer needs help", "a responder calls for help", "MAYDAY ASSIST"),
        _family("unknown trouble", "hang-up, open line, a problem that nobody described", "TROUBLE 911H 911OPN SUSP"),
        _family("follow up", "a planned return of a crisis or care team to a person"),
        _family(
            "officer-initiated",
            "patrol, stops, checks and pursuits that officers start themselves",
            "TSTOP SUBJSTP PURSUIT ELUDING RESIST",
        ),
        _family(
            "administrative",
            "statuses, tests, training, off-duty jobs, papers, paperwork",
            "ADMIN INFO INVEST DEATHNTF",
        ),
    )
}

# Families that are not a request from the public: a plan for the public's calls leaves them out.
NOT_PUBLIC = ("officer-initiated", "administrative", "medical transfer")

# Families whose matter is a crime: "in progress" beside them means that a crime is under way.
CRIMES = (
    "violence", "weapons", "sexual offense", "property", "fraud", "vice", "drugs", "domestic", "harassment",
)  # fmt: skip


def is_public() -> pl.Expr:
    """Whether a call is a request from the public: no officers' own work, administration, tests or transfers."""
    officer = (pl.col("origin") == "officer").fill_null(False)
    inward = pl.col("family").is_in(list(NOT_PUBLIC)).fill_null(False)
    return ~officer & ~inward
