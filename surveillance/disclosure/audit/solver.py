"""Linear programmes by HiGHS, as SciPy brings it: one model, and many questions to it.

SciPy's `linprog` makes a new model for each question. HiGHS goes on from its last answer where only the
question has changed, which is many times faster; so this uses SciPy's binding of HiGHS where that is as
expected, else `linprog`.

References
----------
.. [1] Huangfu Q, Hall JAJ. Parallelizing the dual revised simplex method. Math Program Comput
2018;10:119-142.
   doi:10.1007/s12532-017-0130-5
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

try:
    from scipy.optimize._highspy import _core as _highs
except ImportError:  # another SciPy
    _highs = None

Reals = NDArray[np.float64]
#: Above so many columns the interior-point method is faster, though it does not go on from its last answer.
_LARGE = 3_000


class UnsolvedError(RuntimeError):
    """A linear programme that has no answer."""


class Programme:
    """A model whose costs and bounds change between questions.

    Parameters
    ----------
    matrix : sparse array of float64, shape (rows, columns)
    row_least, row_most : array of float64, shape (rows,)
    least, most : array of float64, shape (columns,)
    going_on : bool
        Go on from the last answer. Without it, or without SciPy's binding, each question is solved anew.
    """

    def __init__(
        self,
        matrix: sparse.csc_array,
        row_least: Reals,
        row_most: Reals,
        least: Reals,
        most: Reals,
        going_on: bool = True,
    ) -> None:
        self.matrix = matrix.tocsc()
        self.rows = row_least, row_most
        self.least, self.most = least.copy(), most.copy()
        self.asked = 0
        self._model: Any = self._made() if going_on and _highs is not None else None

    def _made(self) -> Any:
        """Give the model to HiGHS."""
        lp = _highs.HighsLp()
        rows, columns = self.matrix.shape
        lp.num_row_, lp.num_col_ = rows, columns
        lp.col_cost_ = np.zeros(columns)
        lp.col_lower_, lp.col_upper_ = self.least, self.most
        lp.row_lower_, lp.row_upper_ = self.rows
        lp.a_matrix_.format_ = _highs.MatrixFormat.kColwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = rows, columns
        lp.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = self.matrix.data.astype(np.float64)
        model = _highs._Highs()
        options: list[tuple[str, Any]] = [("output_flag", False), ("threads", 1), ("random_seed", 0)]
        if columns > _LARGE:
            options += [("solver", "ipm"), ("run_crossover", "off")]
        for name, value in options:
            model.setOptionValue(name, value)
        model.passModel(lp)
        return model

    def bound(self, columns: NDArray[np.int64], least: Reals, most: Reals) -> None:
        """Change the bounds of some columns.

        Parameters
        ----------
        columns : array of int64, shape (m,)
        least, most : array of float64, shape (m,)
        """
        self.least[columns], self.most[columns] = least, most
        if self._model is not None:
            self._model.changeColsBounds(len(columns), columns.astype(np.int32), least, most)

    def lowest(self, cost: Reals) -> Reals:
        """Return a point at which the cost is lowest.

        Parameters
        ----------
        cost : array of float64, shape (columns,)

        Returns
        -------
        array of float64, shape (columns,)

        Raises
        ------
        UnsolvedError
            No point fulfils the rows, or the solver gave up.
        """
        self.asked += 1
        if self._model is None:
            return self._anew(cost)
        model = self._model
        model.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        # The last answer still fulfils all rows: the primal method goes on from it.
        model.setOptionValue("simplex_strategy", 4 if self.asked > 1 else 1)
        model.run()
        if model.getModelStatus() != _highs.HighsModelStatus.kOptimal:
            return self._anew(cost)
        return np.array(model.getSolution().col_value)

    def _anew(self, cost: Reals) -> Reals:
        """Ask SciPy, without what was known before."""
        least, most = self.rows
        equal = least == most
        upper, lower = ~equal & np.isfinite(most), ~equal & np.isfinite(least)
        by_row = self.matrix.tocsr()
        answer = linprog(
            cost,
            A_ub=sparse.vstack([by_row[upper], -by_row[lower]]),
            b_ub=np.concatenate([most[upper], -least[lower]]),
            A_eq=by_row[equal],
            b_eq=least[equal],
            bounds=np.column_stack([self.least, self.most]),
            method="highs",
        )
        if answer.x is None:
            raise UnsolvedError(answer.message)
        return np.asarray(answer.x)
