"""The development checklist: our own steps in the eight sections that the field uses, each with why and when it is done.

The sections are those of the Government Performance Lab's Program Development Checklist (durham.md 8.6); its own steps were not
read. Durham's experience stands behind many of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from rightcall.locale import N_


@dataclass(frozen=True)
class Step:
    """A step: what to do, why, and by what one sees that it is done."""

    id: str
    section: str
    text: str
    why: str
    done_when: str


STRATEGY, ENGAGEMENT, SUSTAINABILITY, DATA = N_("strategy and vision"), N_("engagement"), N_("sustainability"), N_("data and evaluation")  # fmt: skip
COMMUNICATIONS, EQUIPMENT, STAFFING, DISPATCH = N_("communications"), N_("equipment"), N_("staffing"), N_("dispatch")
SECTIONS = (STRATEGY, ENGAGEMENT, SUSTAINABILITY, DATA, COMMUNICATIONS, EQUIPMENT, STAFFING, DISPATCH)
STEPS = (
    Step("strategy-1", STRATEGY, N_("Write what success is, in words that residents would use."), N_("Every later choice is measured by it."), N_("the council has heard and adopted it")),
    Step("strategy-2", STRATEGY, N_("Settle which calls the program takes and which it never does."), N_("Eligibility without an owner drifts."), N_("program.toml is signed by the 911 director and the medical director")),
    Step("strategy-3", STRATEGY, N_("Name who decides, and who is asked first."), N_("A program between departments stops at their borders."), N_("a page names the decider of each of the five questions")),
    Step("strategy-4", STRATEGY, N_("Decide whether to begin with a part of the city or with all of it."), N_("Durham began with a third of the city and went citywide after 16 months."), N_("the first area and the rule for the next one are written down")),
    Step("engagement-1", ENGAGEMENT, N_("Listen to neighbors who have called or would not call."), N_("Those who are served know what makes them trust it."), N_("what was heard is published, with what follows from it")),
    Step("engagement-2", ENGAGEMENT, N_("Sit with telecommunicators while they work."), N_("They decide whether a call ever reaches the team."), N_("every shift of the 911 center was visited")),
    Step("engagement-3", ENGAGEMENT, N_("Agree with police, fire and ambulance who comes when, and who hands over to whom."), N_("A team that is not expected is not called."), N_("an agreement is signed by all four chiefs")),
    Step("engagement-4", ENGAGEMENT, N_("Talk with the unions of all who are touched."), N_("Patterns, titles and overtime stand in contracts."), N_("each union has seen the shifts and the posts")),
    Step("sustainability-1", SUSTAINABILITY, N_("Plan five years of money before the first hire."), N_("Grants end while the calls go on."), N_("every year of the budget names its sources, and the cliff has an answer")),
    Step("sustainability-2", SUSTAINABILITY, N_("Find out what Medicaid and insurers would pay for, and what they ask."), N_("Rules on hours and crews decide it before the first shift."), N_("the state's Medicaid office has answered in writing")),
    Step("sustainability-3", SUSTAINABILITY, N_("Put the program's posts into the regular budget."), N_("Posts on a grant are the first to go."), N_("the adopted budget lists them")),
    Step("data-1", DATA, N_("Define every measure once, with its denominator."), N_("Two departments with two numbers have none."), N_("the measures are published before the first call")),
    Step("data-2", DATA, N_("Record hazards and outcomes as facts, not in narratives."), N_("What is not recorded is unknown in every later plan."), N_("CAD and the team's record have the fields, and a sample was checked")),
    Step("data-3", DATA, N_("Settle who may see what, with counsel."), N_("A neighbor's worst day must not leak."), N_("data agreements are signed, and release needs consent")),
    Step("data-4", DATA, N_("Arrange an evaluation by somebody outside, before the start."), N_("A comparison needs the time before."), N_("a design is written down and its data flow")),
    Step("communications-1", COMMUNICATIONS, N_("Tell residents whom they get when they call 911, in their languages."), N_("People ask for what they know."), N_("the page is up in every language of the city")),
    Step("communications-2", COMMUNICATIONS, N_("Publish how it goes at a fixed time, good or bad."), N_("Trust is made of numbers that come when they were promised."), N_("the first report has a date, and its template exists")),
    Step("communications-3", COMMUNICATIONS, N_("Prepare what is said when something goes wrong."), N_("It will, and the first hour decides."), N_("names, numbers and a first statement are ready")),
    Step("equipment-1", EQUIPMENT, N_("Order vehicles: how many, which, and where they stand."), N_("They take the longest to come."), N_("vehicles are marked, insured and at their bases")),
    Step("equipment-2", EQUIPMENT, N_("Give every crew a radio, a phone and a way to call for help without words."), N_("Help must come when nobody can speak."), N_("a drill from every corner of the area was answered")),
    Step("equipment-3", EQUIPMENT, N_("Choose where encounters are written down."), N_("Paper is not counted."), N_("a crew has written ten test encounters on its own")),
    Step("staffing-1", STAFFING, N_("Write the posts with the pay that draws people here."), N_("Hiring is the longest road to the first shift."), N_("the posts are classified and funded")),
    Step("staffing-2", STAFFING, N_("Name who supervises clinicians, peers and each shift."), N_("Licensed staff work under supervision, at night too."), N_("every hour that is open has a name on call")),
    Step("staffing-3", STAFFING, N_("Plan the training, and who trains those who come later."), N_("Durham trains for one month; elsewhere it is two to six."), N_("a curriculum with dates and trainers exists")),
    Step("staffing-4", STAFFING, N_("Care for those who care: debriefing, leave, a way to say that it was too much."), N_("Turnover closes more shifts than demand does."), N_("it is in the posts' descriptions and in the budget")),
    Step("dispatch-1", DISPATCH, N_("Put the team into CAD as units, with its hours and its area."), N_("What CAD does not show is not sent."), N_("a test call was assigned to it by the usual steps")),
    Step("dispatch-2", DISPATCH, N_("Write the few questions that decide, and have them signed."), N_("Each question costs a caller's time."), N_("the wording is in the call-taking guide")),
    Step("dispatch-3", DISPATCH, N_("Train all telecommunicators, and rehearse with calls of the past."), N_("A new choice is not taken under pressure."), N_("every shift has played fifty of the city's own calls")),
    Step("dispatch-4", DISPATCH, N_("Agree what is sent while it cannot be said, and how back-up is asked for."), N_("No call ever waits for a question."), N_("it stands in the policy, and a drill was held")),
)  # fmt: skip
BY_ID = {step.id: step for step in STEPS}
