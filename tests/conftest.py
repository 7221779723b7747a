"""What every test may ask for."""

import gc

from hypothesis import settings

pytest_plugins = ["shared.testing", "tests.platform"]

# No test is timed: machines are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported: it stays, and looking at it takes a tenth of the run."""
    gc.collect()
    gc.freeze()
