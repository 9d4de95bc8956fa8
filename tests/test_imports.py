"""Imports run one way: the rule of the layout, read from the source of every module on disk."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Folders of the checkout, by the package that setup.cfg maps them to.
FOLDERS = {"core": "coverzoo", "device": "device"} | {
    name: f"coverzoo.{name}"
    for name in ("corpus", "zoo", "training", "evaluation", "sampling", "export", "serving")
}
CORE = (
    *("coverzoo.errors", "coverzoo.files", "coverzoo.command", "coverzoo.images", "coverzoo.grids"),
    *("coverzoo.backend", "coverzoo.captions", "coverzoo.fonts", "coverzoo.png_text"),
    *("coverzoo.types", "coverzoo.typicality"),
)
# What each folder may import of ours; the name of a package allows all its modules.
ALLOWED = {
    "core": CORE,
    "corpus": (*CORE, "coverzoo.corpus"),
    "zoo": (*CORE, "coverzoo.zoo"),
    "training": (*CORE, "coverzoo.corpus", "coverzoo.zoo", "coverzoo.training"),
    "evaluation": (
        *(*CORE, "coverzoo.corpus", "coverzoo.zoo", "coverzoo.evaluation"),
        *("coverzoo.training.run", "coverzoo.training.data"),
    ),
    "sampling": (
        *(*CORE, "coverzoo.corpus", "coverzoo.zoo", "coverzoo.sampling"),
        "coverzoo.training.run",
    ),
    "export": (
        *(*CORE, "coverzoo.corpus", "coverzoo.zoo", "coverzoo.export"),
        "coverzoo.training.run",
    ),
    # Of the zoo and sampling only what does not import TensorFlow.
    "serving": (
        *(*CORE, "coverzoo.corpus", "coverzoo.serving"),
        *("coverzoo.zoo.noise", "coverzoo.sampling.limits"),
    ),
    "device": (),  # a distribution of its own, without TensorFlow
}
# Modules that may import any of ours: commands, and the front door, which imports lazily.
COMMAND = "cli.py"
FRONT_DOOR = "core/__init__.py"
OURS = {"coverzoo", "tests", "benchmarks", *FOLDERS}


def module_name(path, root):
    """`zoo/layers/film.py` is coverzoo.zoo.layers.film, `core/files.py` is coverzoo.files."""
    parts = path.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join([FOLDERS[parts[0]], *parts[1:]])


def is_module(name, root):
    """Whether the dotted name is a module or package on disk."""
    top, _, rest = name.removeprefix("coverzoo.").partition(".")
    for folder in (root / top / rest.replace(".", "/"), root / "core" / top):
        if name.startswith("coverzoo.") and (
            folder.with_suffix(".py").is_file() or folder.is_dir()
        ):
            return True
    return False


def imported(path, root):
    """The names of our modules that the file imports, anywhere in it but for type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module_name(path, root).split(".")
                package = package if path.name == "__init__.py" else package[:-1]
                parts = package[: len(package) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            # `from coverzoo.training import run` imports a module, `… import load` a name.
            names = [
                f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}", root) else base
                for alias in node.names
            ]
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            target = getattr(node.args[0], "value", None)
            dynamic = name in {"import_module", "__import__"} and isinstance(target, str)
            names = [target] if dynamic else []
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in OURS)


def is_allowed(target, allowed):
    """Whether a module is one of the allowed ones or lies below one of them."""
    return any(target == name or target.startswith(f"{name}.") for name in allowed)


def faults(root):
    """One line per forbidden import, over all folders below `root`."""
    for folder, allowed in ALLOWED.items():
        for path in sorted((root / folder).rglob("*.py")):
            if path.relative_to(root).as_posix() == FRONT_DOOR:
                continue
            here = module_name(path, root)
            command = path.name == COMMAND and folder != "device"
            for target in imported(path, root):
                ours = target.startswith("coverzoo")
                if not (command and ours) and not is_allowed(target, allowed):
                    yield f"{here} imports {target}"
                elif target.endswith(".cli") and not command:
                    yield f"{here} imports the command module {target}"


def test_imports_run_one_way():
    assert list(faults(ROOT)) == []


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("zoo/gan.py", "from coverzoo.command import Command", []),
        (
            "core/files.py",
            "from coverzoo.zoo import noise",
            ["coverzoo.files imports coverzoo.zoo.noise"],
        ),
        ("core/__init__.py", "from coverzoo import zoo", []),
        ("corpus/a.py", "import coverzoo.zoo", ["coverzoo.corpus.a imports coverzoo.zoo"]),
        ("zoo/a.py", "import zoo.layers", ["coverzoo.zoo.a imports zoo.layers"]),
        ("zoo/layers/film.py", "from .norm import Norm", []),
        ("zoo/layers/film.py", "from ..gan import GAN", []),
        (
            "training/parts/trainer.py",
            "from .. import cli",
            ["coverzoo.training.parts.trainer imports the command module coverzoo.training.cli"],
        ),
        (
            "training/a.py",
            "from coverzoo import corpus, zoo\nfrom coverzoo.training import run",
            [],
        ),
        (
            "training/a.py",
            "import coverzoo.evaluation.genre",
            ["coverzoo.training.a imports coverzoo.evaluation.genre"],
        ),
        ("export/a.py", "from coverzoo.training.run import Run", []),
        ("export/a.py", "from coverzoo.training import run", []),
        (
            "export/a.py",
            "from coverzoo.training import config",
            ["coverzoo.export.a imports coverzoo.training.config"],
        ),
        (
            "export/a.py",
            "def f():\n    import coverzoo.training",
            ["coverzoo.export.a imports coverzoo.training"],
        ),
        (
            "evaluation/a.py",
            "from coverzoo.sampling.sampler import f",
            ["coverzoo.evaluation.a imports coverzoo.sampling.sampler"],
        ),
        (
            "sampling/a.py",
            "from coverzoo.evaluation import f",
            ["coverzoo.sampling.a imports coverzoo.evaluation"],
        ),
        (
            "zoo/a.py",
            "import importlib\nimportlib.import_module('coverzoo.training.run')",
            ["coverzoo.zoo.a imports coverzoo.training.run"],
        ),
        ("training/cli.py", "from coverzoo.evaluation import genre", []),
        ("training/cli.py", "import tests", ["coverzoo.training.cli imports tests"]),
        (
            "zoo/a.py",
            "import coverzoo.zoo.cli",
            ["coverzoo.zoo.a imports the command module coverzoo.zoo.cli"],
        ),
        ("device/sample.py", "import coverzoo", ["device.sample imports coverzoo"]),
        ("zoo/a.py", "import keras, tensorflow as tf, zoology", []),
    ],
)
def test_the_rule_itself(tmp_path, path, line, expected):
    for module in ("training/run.py", "training/config.py", "training/cli.py", path):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).touch()
    for package in ("corpus", "zoo", "core"):
        (tmp_path / package).mkdir(exist_ok=True)
    (tmp_path / "zoo" / "noise.py").touch()
    (tmp_path / path).write_text(line)

    assert list(faults(tmp_path)) == expected
