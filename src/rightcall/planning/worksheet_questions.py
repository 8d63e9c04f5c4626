"""The sub-questions of the five founding questions."""

from __future__ import annotations

from dataclasses import dataclass

from rightcall.locale import N_

FIVE = (N_("Response model"), N_("Program home"), N_("Staffing model"), N_("Team structure"), N_("Funding sources"))


@dataclass(frozen=True)
class Question:
    """A sub-question: `of` which of the five, 1 to 5."""

    id: str
    of: int
    text: str


QUESTIONS = (
    Question("1.1", 1, N_("Which calls should the teams take, and which never?")),
    Question("1.2", 1, N_("Which kinds of team should go, and who is on a crew?")),
    Question("1.3", 1, N_("At which hours, and what happens outside them?")),
    Question("1.4", 1, N_("Where to begin: a part of the city, or all of it?")),
    Question("1.5", 1, N_("What does the telecommunicator ask, and what is sent while it cannot be said?")),
    Question("2.1", 2, N_("Which homes are considered, and which one is chosen?")),
    Question("2.2", 2, N_("What matters most here, and to whom?")),
    Question("2.3", 2, N_("To whom does the director report, and who answers for clinical care and for data?")),
    Question("3.1", 3, N_("What must the staffing reach?")),
    Question("3.2", 3, N_("Which shifts and how many people does that take?")),
    Question("3.3", 3, N_("City employees, a contractor, or both?")),
    Question("3.4", 3, N_("Which patterns and rules of work are agreed with those who will work them?")),
    Question("4.1", 4, N_("Which positions are needed, and who reports to whom?")),
    Question("4.2", 4, N_("Who supervises each shift, the clinicians and the peers, nights and weekends too?")),
    Question("4.3", 4, N_("When are people hired and trained, and what if it is late?")),
    Question("5.1", 5, N_("What does it cost in the first year and in the last?")),
    Question("5.2", 5, N_("Who pays, and how sure is it?")),
    Question("5.3", 5, N_("What happens when the money of others ends?")),
    Question("5.4", 5, N_("Which amounts are unknown, and who will find them out?")),
)  # fmt: skip
BY_ID = {question.id: question for question in QUESTIONS}
