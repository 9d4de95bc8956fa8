"""What is declared in setup.cfg, tox.ini and the README is what is there."""

import ast
import configparser
import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
PACKAGES = SETUP["options"]["packages"].split()
FOLDERS = dict(
    re.split(r"\s*=\s*", line) for line in SETUP["options"]["package_dir"].strip().splitlines()
)
SCRIPTS = dict(
    re.split(r"\s*=\s*", line)
    for line in SETUP["options.entry_points"]["console_scripts"].strip().splitlines()
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAX_LINES = 320


def sources(*folders):
    """Every Python file below the folders, as far as they are there."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def folder_of(package):
    """The folder of the checkout that holds a package: its own or its nearest parent's."""
    name, below = package, []
    while name not in FOLDERS:
        name, _, last = name.rpartition(".")
        below.insert(0, last)
    return ROOT.joinpath(FOLDERS[name], *below)


def test_packages_are_listed_exactly():
    apart = {"tests", "benchmarks", "device", "docs", "build", "dist"}
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - apart
    on_disk = {path.parent for top in tops for path in sources(top)}

    assert sorted(folder_of(package) for package in PACKAGES) == sorted(on_disk)


def test_the_only_package_that_is_installed_is_coverzoo():
    assert {package.split(".")[0] for package in PACKAGES} == {"coverzoo"}
    assert not (ROOT / "coverzoo").exists()  # it would hide the installed package


def test_at_most_ten_modules_lie_in_a_package_of_packages():
    assert len(list((ROOT / "zoo").glob("*.py"))) <= 10


def test_every_package_has_an_init_file():
    folders = {path.parent for path in sources(*FOLDERS.values())}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_data_files_are_shipped():
    patterns = {name: text.split() for name, text in SETUP["options.package_data"].items()}
    missing = []
    for package in PACKAGES:
        for path in folder_of(package).iterdir():
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                wanted = [*patterns.get(package, []), *patterns.get("*", [])]
                if not any(fnmatch.fnmatch(path.name, pattern) for pattern in wanted):
                    missing.append(str(path.relative_to(ROOT)))

    assert missing == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_console_script_names_a_function_of_a_module(script):
    module, name = SCRIPTS[script].split(":")
    package, _, last = module.rpartition(".")
    source = folder_of(package) / f"{last}.py"
    tree = ast.parse(source.read_text(encoding="utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


HELP = """
import importlib, sys
import click
from click.testing import CliRunner

def walk(command, words):
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), [*words, name])

script, module, name = sys.argv[1:]
command = getattr(importlib.import_module(module), name)
for words in walk(command, []):
    result = CliRunner().invoke(command, [*words, "--help"], prog_name=script)
    assert result.exit_code == 0, (words, result.output, result.exception)
    assert result.output.startswith(f"Usage: {' '.join([script, *words])} "), result.output
heavy = {"tensorflow", "keras", "torch", "jax"} & set(sys.modules)
assert not heavy, f"{script} --help imports {sorted(heavy)}"
"""


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_of_every_command_answers_without_tensorflow(script):
    module, name = SCRIPTS[script].split(":")
    done = subprocess.run(
        [sys.executable, "-c", HELP, script, module, name],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_readme_mentions_the_command(script):
    assert re.search(rf"(?<![\w-]){script}(?![\w-])", README)


@pytest.mark.parametrize("block", ["run", "test"])
def test_readme_marks_its_command_blocks_once(block):
    found = re.findall(
        rf"<!-- {block}:begin -->\n```sh\n(.+?)```\n<!-- {block}:end -->", README, re.S
    )

    assert len(found) == 1
    assert all(line.strip() for line in found[0].splitlines())


def test_tools_have_the_same_range_in_tox_and_in_the_dev_extra():
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    declared = SETUP["options.extras_require"]["dev"] + SETUP["options"]["install_requires"]
    in_tox = [*tox["testenv:lint"]["deps"].split(), *tox["testenv:types"]["deps"].split()]

    assert set(in_tox) <= set(declared.split())


@pytest.mark.parametrize(
    "path",
    sources(*FOLDERS.values(), "tests", "benchmarks", "device"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_file_is_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines; split it by its nouns"
