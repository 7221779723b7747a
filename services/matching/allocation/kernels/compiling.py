"""The one way in which kernels are compiled, cached on disk and exactly repeatable, and the arrays they take."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel with numba; without ``fastmath`` and threads, so that equal inputs give equal bytes."""
    return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
