"""What every test may ask for."""

import gc

from hypothesis import settings

pytest_plugins = ["shared.testing", "tests.platform"]

# No test is timed: machines are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What is imported and collected stays: looking for garbage among it, then and later, would take a tenth of the run.
gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector begin, and pass over what is there."""
    gc.freeze()
    gc.enable()
