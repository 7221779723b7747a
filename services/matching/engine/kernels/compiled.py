"""The decorator of the kernels, with its type."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit

F = TypeVar("F", bound=Callable[..., Any])
_FLAGS = {"nnan", "reassoc", "contract", "nsz", "arcp"}


def _name_cache() -> str:
    """
    Return a folder of compiled code that is of these very sources.

    numba looks only at the file of a function, not at those of the functions that it calls: an old kernel would go on.
    """
    folder = Path(__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return f"kernels-{hashlib.sha256(sources).hexdigest()[:16]}"


def _keep_apart() -> None:
    settings: Any = config
    if settings.CACHE_DIR:
        settings.CACHE_DIR = str(Path(settings.CACHE_DIR) / _name_cache())
    elif os.access(Path(__file__).parent, os.W_OK):
        settings.CACHE_DIR = str(Path(__file__).parent / "__pycache__" / _name_cache())


_keep_apart()


def compiled(function: F) -> F:
    """Compile a function once for all processes; additions may be reordered, unknown numbers (NaN) do not occur."""
    return cast(F, njit(cache=True, nogil=True, fastmath=_FLAGS, error_model="numpy")(function))


def bare(function: F) -> F:
    """
    Compile a function that makes no array: without counting who refers to the ones it is given.

    In a loop with branches that count is what takes most of the time.
    """
    options: dict[str, Any] = {"_nrt": False}
    return cast(F, njit(cache=True, nogil=True, fastmath=_FLAGS, error_model="numpy", **options)(function))


def inlined(function: F) -> F:
    """Write a function into its callers, so that their loops over it can become loops over vectors."""
    return cast(F, njit(inline="always", nogil=True, fastmath=_FLAGS, error_model="numpy")(function))
