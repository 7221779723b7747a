"""The decorator of the kernels, with its type."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_FLAGS = {"nnan", "reassoc", "contract", "nsz", "arcp"}


def compiled(function: F) -> F:
    """Compile a function once for all processes; additions may be reordered, unknown numbers (NaN) do not occur."""
    return cast(F, njit(cache=True, nogil=True, fastmath=_FLAGS, error_model="numpy")(function))


def bare(function: F) -> F:
    """
    Compile a function that makes no array: without counting who refers to the ones it is given.

    In a loop with branches that count is what takes most of the time.
    """
    return cast(F, njit(cache=True, nogil=True, fastmath=_FLAGS, error_model="numpy", _nrt=False)(function))


def inlined(function: F) -> F:
    """Write a function into its callers, so that their loops over it can become loops over vectors."""
    return cast(F, njit(inline="always", nogil=True, fastmath=_FLAGS, error_model="numpy")(function))
