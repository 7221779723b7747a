"""The one way in which kernels are compiled: cached on disk, with exact and repeatable arithmetic, and typed."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel with numba; without ``fastmath`` and threads, so that equal inputs give equal bytes."""
    return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
