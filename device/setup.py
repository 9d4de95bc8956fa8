"""Builds the distribution of setup.cfg; copies the files shared with the project first."""

import runpy
from pathlib import Path

from setuptools import setup

script = Path(__file__).with_name("copies.py")
if script.is_file():
    runpy.run_path(str(script), run_name="__main__")
setup()
