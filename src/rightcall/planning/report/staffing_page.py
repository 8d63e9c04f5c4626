"""The page of `rightcall staff`: questions 3 and 4 alone."""

from __future__ import annotations

import rightcall
from rightcall.locale import N_, Message, Words
from rightcall.planning import staffing_reasons
from rightcall.planning.report import staffing_section, structure_section
from rightcall.planning.report.blocks import Report, Section, sources_said
from rightcall.planning.staffing_run import People


def report(people: People, words: Words) -> Report:
    """The page. `words` is needed for what stands inside pictures."""
    staffing, head = people.staffing, people.staffing.program.program
    blocks = (staffing_section.cards(staffing), *staffing_reasons.answer(staffing), staffing_reasons.by_team(staffing))
    first = Section(
        "first", Message(N_("Which shifts, how many people, and at what cost?")), blocks if staffing.complete else (staffing_section.STOPPED, *blocks),
    )  # fmt: skip
    sections = (*staffing_section.sections(staffing, words), structure_section.in_plan(people.structure, words))
    return Report(
        title=Message(N_("{name}: shifts and people"), {"name": head.name}),
        subtitle=Message(N_("{city}. Fitted to the calls of the export by formula, simulation and proof."), {"city": head.jurisdiction}),
        first_page=first, sections=tuple(section for section in sections if section.blocks),
        footer=(
            Message(N_("Made {at} by Rightcall {code} from the program {version}. Every figure stands in staffing.json; the tables lie in tables/, the rotations in rotations.xlsx and calendars/."),
                    {"at": staffing.made_at.date(), "code": rightcall.__version__, "version": staffing.program.version[:12]}),
            *sources_said(staffing.sources),
        ),
    )  # fmt: skip
