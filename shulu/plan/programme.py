"""A mixed-integer programme, grown row by row and solved by HiGHS: the same question has the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import highspy
import numpy as np

_OPTIONS = (
    ("threads", 1),
    ("parallel", "off"),
    ("random_seed", 0),
    ("mip_rel_gap", 1e-3),
    # A bound must hold, and presolve of HiGHS 1.15 cuts best answers off, above all among like columns.
    ("presolve", "off"),
    ("mip_feasibility_tolerance", 1e-9),
)
_INFINITE = float("inf")


class Programme:
    """Columns are counts from 0; the aim is the least cost."""

    def __init__(self) -> None:
        self.costs: list[float] = []
        self.most: list[float] = []
        self.rows: list[tuple[float, float, Mapping[int, float]]] = []
        self._closed: frozenset[int] = frozenset()

    def column(self, cost: float, most: float) -> int:
        """Add a column; return its place."""
        self.costs.append(cost)
        self.most.append(most)
        return len(self.most) - 1

    def row(self, values: Mapping[int, float], least: float = -_INFINITE, most: float = _INFINITE) -> None:
        """Add a row, unless no answer can break it: such numbers only lead the solver astray."""
        largest = sum(max(0.0, value) * self.most[column] for column, value in values.items())
        if least == -_INFINITE and largest <= most:
            return
        self.rows.append((least, most, values))

    def close(self, columns: Iterable[int]) -> None:
        """Keep these columns at 0 until it is known that they cannot be."""
        self._closed = frozenset(columns)

    def fewest(self, columns: Sequence[int]) -> int:
        """Open columns again, and return the least that their sum can be."""
        self._closed = frozenset()
        costs = [0.0] * len(self.most)
        for column in columns:
            costs[column] = 1.0
        found = self._run(costs)
        assert found is not None, "everybody may be late"  # noqa: S101
        return sum(round(found[0][column]) for column in columns)

    def solve(self) -> tuple[list[int], float] | None:
        """Return the columns and a bound on the cost of any, or None where there is no answer."""
        found = self._run(self.costs)
        return None if found is None else ([round(value) for value in found[0]], found[1])

    def relaxed(self) -> list[float] | None:
        """Return the columns where they need not be whole numbers, or None where there is no answer."""
        found = self._run(self.costs, whole=False)
        return None if found is None else found[0]

    def _run(self, costs: Sequence[float], *, whole: bool = True) -> tuple[list[float], float] | None:
        if not self.most:
            return [], 0.0
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(self.most), len(self.rows)
        programme.col_cost_ = np.array(costs)
        programme.col_lower_ = np.zeros(len(self.most))
        programme.col_upper_ = np.array(
            [0.0 if place in self._closed else most for place, most in enumerate(self.most)]
        )
        programme.row_lower_ = np.array([row[0] for row in self.rows])
        programme.row_upper_ = np.array([row[1] for row in self.rows], dtype=float)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = np.cumsum([0] + [len(row[2]) for row in self.rows])
        programme.a_matrix_.index_ = np.array(
            [column for row in self.rows for column in row[2]], dtype=np.int32
        )
        programme.a_matrix_.value_ = np.array([value for row in self.rows for value in row[2].values()])
        if whole:
            programme.integrality_ = [highspy.HighsVarType.kInteger] * len(self.most)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        for option, value in _OPTIONS:
            solver.setOptionValue(option, value)
        solver.passModel(programme)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return solver.getSolution().col_value, solver.getInfo().mip_dual_bound
