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

    numba looks only at the file of a function, not at those of the functions that it calls, nor at those of the
    numbers that it compiles in: an old kernel would go on.
    """
    matching = Path(__file__).parents[2]
    sources = [*Path(__file__).parent.glob("*.py"), *(matching / "scoring").glob("*.py")]
    content = b"".join(path.read_bytes() for path in sorted(sources))
    return f"kernels-{hashlib.sha256(content).hexdigest()[:16]}"


def _keep_apart() -> None:
    settings: Any = config
    beside = Path(__file__).parent / "__pycache__"
    is_ours = os.access(Path(__file__).parent, os.W_OK)
    base = Path(settings.CACHE_DIR) if settings.CACHE_DIR else beside if is_ours else _find_own_cache()
    settings.CACHE_DIR = str(base / _name_cache())


def _find_own_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"


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
