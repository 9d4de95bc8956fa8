"""What tests of every package share."""

import os
from pathlib import Path

import pytest

VARIABLE = "COVERZOO_REAL_DATA"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whoever asks for real material is marked `real`."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("real")


@pytest.fixture(scope="session")
def real_data():
    """The folder with real covers and recordings; without one the test skips."""
    given = os.environ.get(VARIABLE)
    if not given:
        pytest.skip(f"needs real covers and recordings: {VARIABLE} names no folder")
    if not Path(given).is_dir():
        pytest.fail(f"{VARIABLE} is no folder: {given}")
    return Path(given)
