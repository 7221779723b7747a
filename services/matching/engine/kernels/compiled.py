"""The decorator of the kernels, with its type."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function once for all processes; additions may be reordered, unknown numbers (NaN) do not occur."""
    flags = {"nnan", "reassoc", "contract", "nsz", "arcp"}
    return cast(F, njit(cache=True, nogil=True, fastmath=flags, error_model="numpy")(function))
