"""The order of the tests that share the platform."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the generated requests last: they fill the libraries with anything, and the story counts what is there."""
    items.sort(key=lambda item: item.path.name == "test_api_by_schemathesis.py")
