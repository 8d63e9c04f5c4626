"""What can be wrong with the question of the home: names that nothing stands behind, weights that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from rightcall.program import conditions
from rightcall.program.conditions import Fault
from rightcall.program.document import Program
from rightcall.program.home import CRITERIA


def faults(program: Program) -> Iterator[Fault]:
    """What contradicts itself in these parts: key, what is wrong, how to mend it."""
    criteria = [each.id for each in program.home_criterion] or list(CRITERIA)
    yield from conditions.twice("home_criterion", [each.id for each in program.home_criterion], "id")
    yield from conditions.twice("home_option", [each.id for each in program.home_option], "id")
    yield from conditions.twice("stakeholder", [each.name for each in program.stakeholder], "name")
    for i, option in enumerate(program.home_option, start=1):
        yield from conditions.named(f"home_option[{i}].scores", list(option.scores), criteria, "criterion")
    for i, person in enumerate(program.stakeholder, start=1):
        yield from conditions.named(f"stakeholder[{i}].weights", list(person.weights), criteria, "criterion")
        if not sum(person.weights.values()):
            yield f"stakeholder[{i}].weights", f"of “{person.name}” sum to nothing.", "Give at least one criterion a weight above 0."  # fmt: skip
    for i, criterion in enumerate(program.home_criterion, start=1):
        if criterion.at_least > criterion.at_most:
            yield f"home_criterion[{i}].at_least", f"is more than at_most ({criterion.at_least:g} and {criterion.at_most:g}).", "Put them in order."  # fmt: skip
    least = sum(each.at_least for each in program.home_criterion)
    most = sum(each.at_most for each in program.home_criterion)
    if least > 1 + 1e-9:
        yield "home_criterion", f"leaves no weights: at_least makes {least:g} in all, and there is 1 to share.", "Lower some."  # fmt: skip
    if program.home_criterion and most < 1 - 1e-9:
        yield "home_criterion", f"leaves no weights: at_most makes {most:g} in all, and there is 1 to share.", "Raise some."  # fmt: skip
