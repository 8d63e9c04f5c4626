"""Question 2 of the five: where the program lives, over all reasonable weights instead of one weighted sum.

Stochastic multicriteria acceptability analysis (Lahdelma, Hokkanen and Salminen 1998, SMAA; ranks: Lahdelma and Salminen
2001, SMAA-2): weights are drawn evenly from all that are reasonable, scores from their ranges; counted is for which share
of the draws an option comes first, second and so on, and which weights those are that favor it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rightcall.program.document import Program
from rightcall.program.home import CRITERIA, HIGHEST, LOWEST, HomeCriterion, HomeOption, Stakeholder
from rightcall.simulation.arrays import Real, Whole

DRAWS = 20_000
SEED = 20_220_628
# So many tries for each draw before the walks begin; walks side by side, steps before the first draw and between draws.
ENOUGH, WALKS, WARM, THIN = 20, 400, 200, 10
TIE = 1e-12


@dataclass(frozen=True)
class View:
    """What a stakeholder's own weights say: weights by criterion [c], who comes first, and how often, over the ranges of the
    scores.
    """

    name: str
    weights: Real
    first: int
    share: float


@dataclass(frozen=True)
class Choice:
    """The homes compared. Options [o] and criteria [c] in the document's order; ranks from 0.

    `ranks`: share of the draws in which each option takes each rank [o, o]; `central`: the mean of the weights for which it
    comes first [o, c], NaN where it never does; `confidence`: how often it comes first with those, over the ranges of the
    scores. `without`: shares of coming first when a criterion is left out [c, o]. `unscored`: the share of scores that
    nobody gave; they range over the whole scale.
    """

    options: tuple[HomeOption, ...]
    criteria: tuple[HomeCriterion, ...]
    ranks: Real
    central: Real
    confidence: Real
    without: Real
    views: tuple[View, ...]
    unscored: float
    draws: int

    @property
    def first(self) -> Real:
        """The share of reasonable weights for which each option comes first [o]."""
        return self.ranks[:, 0]

    @property
    def leader(self) -> int:
        """The option that comes first most often."""
        return int(np.argmax(self.first))

    @property
    def deciding(self) -> int:
        """The criterion without which the leader loses or gains most."""
        return int(np.argmax(np.abs(self.without[:, self.leader] - self.first[self.leader])))

    @property
    def apart(self) -> tuple[tuple[View, View, int], ...]:
        """Pairs of stakeholders with another first option, and the criterion on whose weight they differ most."""
        return tuple(
            (one, other, int(np.argmax(np.abs(one.weights - other.weights))))
            for i, one in enumerate(self.views) for other in self.views[i + 1 :] if one.first != other.first
        )  # fmt: skip


def criteria_of(program: Program) -> tuple[HomeCriterion, ...]:
    """The criteria of the document, else the usual ones."""
    return program.home_criterion or tuple(HomeCriterion(id=name) for name in CRITERIA)


def choose(program: Program, *, draws: int = DRAWS, seed: int = SEED) -> Choice | None:
    """Compare the homes of a document; None where it scores no two."""
    options, criteria = program.home_option, criteria_of(program)
    if len(options) < 2 or not any(option.scores for option in options):
        return None
    luck = np.random.default_rng(seed)
    weights = _weights(criteria, draws, luck)
    low, high = _scores(options, criteria)
    # The same luck for all options would tie their unknown scores together: each has its own.
    drawn = low + (high - low) * luck.random((draws, *low.shape))
    value = np.einsum("dc,doc->do", weights, drawn)
    first = _beside(value)[0] == 0
    central = np.full(low.shape, np.nan)
    confidence = np.full(len(options), np.nan)
    for o in range(len(options)):
        if first[:, o].any():
            central[o] = weights[first[:, o]].mean(axis=0)
            confidence[o] = _ranks(drawn @ central[o])[o, 0]
    return Choice(
        options=options, criteria=criteria, ranks=_ranks(value), central=central, confidence=confidence, without=_without(weights, drawn),
        views=tuple(_view(person, criteria, drawn) for person in program.stakeholder),
        unscored=float(np.mean([[criterion.id not in option.scores or option.scores[criterion.id] == "unknown" for criterion in criteria] for option in options])),
        draws=draws,
    )  # fmt: skip


def _weights(criteria: tuple[HomeCriterion, ...], draws: int, luck: np.random.Generator) -> Real:
    """Weights that sum to one, spread evenly over all that keep the bounds [d, c]."""
    least = np.array([each.at_least for each in criteria])
    most = np.array([each.at_most for each in criteria])
    # Above the lower bounds the reasonable weights are again a simplex; what breaks an upper bound is drawn anew.
    tries = draws if most.min() >= 1 else ENOUGH * draws
    tried = least + max(0.0, 1 - least.sum()) * luck.dirichlet(np.ones(len(criteria)), size=tries)
    kept = tried[(tried <= most + TIE).all(axis=1)]
    return kept[:draws] if len(kept) >= draws else _walked(least, most, draws, luck)


def _walked(least: Real, most: Real, draws: int, luck: np.random.Generator) -> Real:
    """The same where upper bounds leave too little to be hit: many walks within the bounds (hit and run, Smith 1984)."""
    at = np.tile(_inside(least, most), (WALKS, 1))
    found = []
    for step in range(WARM + THIN * -(-draws // WALKS)):
        way = luck.standard_normal(at.shape)
        way -= way.mean(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(least - at) / way, (most - at) / way])
        low, high = np.nanmax(ends.min(axis=0), axis=1), np.nanmin(ends.max(axis=0), axis=1)
        at = np.clip(at + luck.uniform(np.minimum(low, 0), np.maximum(high, 0))[:, None] * way, least, most)
        if step >= WARM and (step - WARM) % THIN == 0:
            found.append(at / at.sum(axis=1, keepdims=True))
    return np.concatenate(found)[:draws]


def _inside(least: Real, most: Real) -> Real:
    """Weights within the bounds that sum to one: what is left over the lower bounds, shared out by the room above them."""
    room = most - least
    left = max(0.0, 1 - float(least.sum()))
    found: Real = least + (room * (left / room.sum()) if room.sum() > 0 else 0.0)
    return found


def _scores(options: tuple[HomeOption, ...], criteria: tuple[HomeCriterion, ...]) -> tuple[Real, Real]:
    """The ends of the ranges of all scores [o, c]; the whole scale where nobody said."""

    def ends(scores: Mapping[str, object], name: str) -> tuple[float, float]:
        score = scores.get(name, "unknown")
        return score if isinstance(score, tuple) else (LOWEST, HIGHEST)

    found = np.array([[ends(option.scores, criterion.id) for criterion in criteria] for option in options], float)
    return found[..., 0], found[..., 1]


def _ranks(value: Real) -> Real:
    """The share of the draws in which each option takes each rank [o, o]; those that tie share their ranks evenly."""
    above, alike = _beside(value)
    ranks = range(value.shape[1])
    found: Real = np.stack([((above <= rank) & (rank < above + alike)) / alike for rank in ranks], axis=2).mean(axis=0)
    return found


def _beside(value: Real) -> tuple[Whole, Whole]:
    """How many options are above each option, and how many are as good, itself among them [d, o]."""
    difference = value[:, None, :] - value[:, :, None]
    return (difference > TIE).sum(axis=2), (np.abs(difference) <= TIE).sum(axis=2)


def _without(weights: Real, drawn: Real) -> Real:
    """Shares of coming first when one criterion is left out and the others keep their proportion [c, o]."""
    criteria, options = weights.shape[1], drawn.shape[1]
    found = np.zeros((criteria, options))
    for c in range(criteria):
        kept = weights.copy()
        kept[:, c] = 0
        found[c] = _ranks(np.einsum("dc,doc->do", kept, drawn))[:, 0]
    return found


def _view(person: Stakeholder, criteria: tuple[HomeCriterion, ...], drawn: Real) -> View:
    weights = np.array([person.weights.get(each.id, 0.0) for each in criteria])
    weights /= weights.sum()
    first = _ranks(drawn @ weights)[:, 0]
    return View(person.name, weights, int(np.argmax(first)), float(first.max()))
