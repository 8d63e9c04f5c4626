"""A mixed-integer program for HiGHS: columns, rows, and a solve that shows its progress and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rightcall.progress import Progress, silent
from rightcall.simulation.arrays import Real

INFINITE = float("inf")
Terms = Iterable[tuple[int, float]]


@dataclass(frozen=True)
class Solution:
    """The best found: a value for each column; `gap`: how far it may be from the best there is, 0 where that is proven.

    `stopped`: by Ctrl-C or at the time limit, before it was proven.
    """

    values: Real
    cost: float
    gap: float
    stopped: bool
    interrupted: bool = False


class OutOfTime(Exception):
    """Nothing was found before the time was up; whether there is anything is not known."""


class Program:
    """Columns and rows, gathered one by one."""

    def __init__(self) -> None:
        self.costs: list[float] = []
        self.bounds: list[tuple[float, float]] = []
        self.whole: list[bool] = []
        self.rows: list[tuple[list[tuple[int, float]], float, float]] = []

    def column(self, *, cost: float = 0.0, low: float = 0.0, high: float = INFINITE, whole: bool = True) -> int:
        """A new column; returns its number."""
        self.costs.append(cost)
        self.bounds.append((low, high))
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Terms, *, low: float = -INFINITE, high: float = INFINITE) -> None:
        """low ≤ Σ factor · column ≤ high."""
        self.rows.append((list(terms), low, high))

    def solve(
        self, *, seconds: float, what: str = "", progress: Progress = silent, start: Real | None = None,
        gap: float = 0.0,
    ) -> Solution | None:  # fmt: skip
        """Solve for the least cost. None where no values satisfy the rows. Raises `OutOfTime` where none were found in time.

        `gap`: how far from the least, as a share of it, is near enough.
        Ctrl-C and the time limit keep the best found, marked as `stopped`; Ctrl-C also as `interrupted`.
        """
        import highspy

        engine = highspy.Highs()  # type: ignore[no-untyped-call]
        engine.setOptionValue("output_flag", False)
        engine.setOptionValue("time_limit", float(seconds))
        engine.setOptionValue("mip_rel_gap", gap)
        engine.setOptionValue("mip_abs_gap", 1e-6)
        # One thread and one seed: the same shifts on every machine.
        engine.setOptionValue("threads", 1)
        engine.passModel(self._model(highspy))
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = start.tolist()
            engine.setSolution(given)
        told: dict[str, float] = {}

        def seen(event: Any) -> None:
            told.update(best=event.data_out.objective_function_value, gap=event.data_out.mip_gap)

        engine.cbMipImprovingSolution += seen
        # Needed for `cancelSolve` to be heard.
        engine.HandleUserInterrupt = True
        interrupted = False
        engine.startSolve()
        while engine.is_solver_running():
            try:
                # Not the thread's join: a Ctrl-C inside it makes a running thread look finished.
                time.sleep(0.01)
                if told:
                    progress(f"{what}: {told['best']:,.1f}, {_percent(told['gap'])} from the bound", 1 - min(told["gap"], 1.0))  # fmt: skip
            except KeyboardInterrupt:
                interrupted = True
                engine.cancelSolve()  # type: ignore[no-untyped-call]
        return self._read(highspy, engine, interrupted)

    def _model(self, highspy: Any) -> Any:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.costs), len(self.rows)
        model.col_cost_ = np.array(self.costs, float)
        model.col_lower_ = np.array([low for low, _ in self.bounds], float)
        model.col_upper_ = np.array([min(high, highspy.kHighsInf) for _, high in self.bounds], float)
        model.row_lower_ = np.array([max(low, -highspy.kHighsInf) for _, low, _ in self.rows], float)
        model.row_upper_ = np.array([min(high, highspy.kHighsInf) for _, _, high in self.rows], float)
        model.integrality_ = [highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous for whole in self.whole]  # fmt: skip
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        joined = [_joined(terms) for terms, _, _ in self.rows]
        matrix.start_ = np.concatenate([[0], np.cumsum([len(each) for each in joined])]).astype(np.int32)
        matrix.index_ = np.array([column for each in joined for column in each], np.int32)
        matrix.value_ = np.array([factor for each in joined for factor in each.values()], float)
        return model

    def _read(self, highspy: Any, engine: Any, interrupted: bool) -> Solution | None:
        info, status = engine.getInfo(), engine.getModelStatus()
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            if interrupted:
                raise KeyboardInterrupt
            if status == highspy.HighsModelStatus.kTimeLimit:
                raise OutOfTime
            return None
        values = np.array(engine.getSolution().col_value, float)
        whole = np.array(self.whole)
        values[whole] = np.round(values[whole])
        proven = status == highspy.HighsModelStatus.kOptimal
        return Solution(values, float(info.objective_function_value), 0.0 if proven else float(info.mip_gap), not proven, interrupted)  # fmt: skip


def _joined(terms: list[tuple[int, float]]) -> dict[int, float]:
    """The factors of a row, those of the same column added."""
    found: dict[int, float] = {}
    for column, factor in terms:
        found[column] = found.get(column, 0.0) + factor
    return found


def _percent(gap: float) -> str:
    return f"{100 * gap:.1f} %" if np.isfinite(gap) else "not yet known how far"
