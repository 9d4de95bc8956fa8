"""The distribution's copies of project files, and its setup.cfg."""

import configparser
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from coverzoo.zoo import noise
from coverzoo_device import normal

DEVICE = Path(__file__).resolve().parents[2] / "device"
SPEC = importlib.util.spec_from_file_location("copies", DEVICE / "copies.py")
copies = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(copies)
SETUP = configparser.ConfigParser()
SETUP.read(DEVICE / "setup.cfg", encoding="utf-8")


def test_every_shared_file_is_a_copy_and_imports_no_project_package():
    made = {path.name for path in copies.FILES.values() if path.parent == copies.SHARED}
    found = {path.name for path in copies.SHARED.iterdir() if path.is_file()}

    assert found == made | {"__init__.py"}
    for name in found:
        assert not re.search(r"\bcoverzoo\.", (copies.SHARED / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("truncation", [None, 0.5])
@pytest.mark.parametrize("seed", [0, 3, -1, 1 << 40])
def test_noise_is_bitwise_that_of_the_models(seed, truncation):
    indices = [0, 1, 7, (1 << 32) - 1]

    z = normal(seed, indices, 500, truncation)

    assert z.tobytes() == noise.normal(seed, indices, 500, truncation).tobytes()
    assert np.unique(z).size > 1900 or truncation


def test_packages_and_data_are_declared():
    packages = {
        ".".join(path.parent.relative_to(DEVICE).parts)
        for path in DEVICE.glob("coverzoo_device/**/__init__.py")
    }

    assert set(SETUP["options"]["packages"].split()) == packages
    assert dict(SETUP["options.package_data"]) == {"coverzoo_device.shared": "*.json"}


def test_versions_and_requirements_are_those_of_the_project():
    project = configparser.ConfigParser()
    project.read(DEVICE.parent / "setup.cfg", encoding="utf-8")
    extras = project["options.extras_require"]
    known = project["options"]["install_requires"] + extras["export"]

    assert SETUP["metadata"]["version"] == project["metadata"]["version"]
    assert SETUP["options"]["python_requires"] == project["options"]["python_requires"]
    assert set(SETUP["options"]["install_requires"].split()) <= set(known.split())
    assert SETUP["options.extras_require"]["audio"] == extras["audio"]
