"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ["shared.testing", "tests.platform"]

# No test is timed: machines are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
