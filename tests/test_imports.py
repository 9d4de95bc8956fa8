"""Imports run one way: the layout's rule, read from the source of every module on disk."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What a package may import of ours; a dotted name allows that module alone.
ALLOWED = {
    "corpus": {"corpus"},
    "zoo": {"zoo"},
    "training": {"corpus", "zoo", "training"},
    "evaluation": {"corpus", "zoo", "evaluation", "training.run"},
    "export": {"corpus", "zoo", "export", "training.run"},
    # Of the zoo only what needs no TensorFlow.
    "serving": {"corpus", "serving", "zoo.backend", "zoo.noise", "zoo.pictures"},
    "device": set(),  # a distribution of its own, without TensorFlow
}
PACKAGES = set(ALLOWED) - {"device"}
OURS = {*ALLOWED, "tests", "benchmarks"}


def module_name(path, root):
    """`zoo/layers/norm.py` is zoo.layers.norm, `zoo/__init__.py` is zoo."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name, root):
    """Whether the dotted name is a module or package on disk."""
    path = root.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def imported(path, root):
    """The names of our modules that the file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = path.relative_to(root).parent.parts
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            # `from training import run` imports a module, `from training.run import load` a name.
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


def faults(root):
    """One line a forbidden import, over all packages below `root`."""
    for package, allowed in ALLOWED.items():
        for path in sorted((root / package).rglob("*.py")):
            here = module_name(path, root)
            command = path.name == "cli.py"
            for target in imported(path, root):
                top = target.split(".")[0]
                if command and package in PACKAGES and top in PACKAGES:
                    continue
                if top not in allowed and target not in allowed:
                    yield f"{here} imports {target}"
                elif target.endswith(".cli") and not command:
                    yield f"{here} imports the command module {target}"


def test_imports_run_one_way():
    assert list(faults(ROOT)) == []


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("zoo/gan.py", "from corpus.command import Command", ["zoo.gan imports corpus.command"]),
        ("corpus/a.py", "import zoo.layers", ["corpus.a imports zoo.layers"]),
        ("zoo/layers/film.py", "from .norm import Norm", []),
        ("zoo/layers/film.py", "from ..gan import GAN", []),
        (
            "training/parts/loop.py",
            "from .. import cli",
            ["training.parts.loop imports the command module training.cli"],
        ),
        ("training/loop.py", "import corpus, zoo\nfrom training import run", []),
        ("training/a.py", "import evaluation.judge", ["training.a imports evaluation.judge"]),
        ("export/a.py", "from training.run import load", []),
        ("export/a.py", "from training import run", []),
        ("export/a.py", "from training import config", ["export.a imports training.config"]),
        ("export/a.py", "def f():\n    import training", ["export.a imports training"]),
        ("evaluation/a.py", "from export.tflite import f", ["evaluation.a imports export.tflite"]),
        (
            "zoo/a.py",
            "import importlib\nimportlib.import_module('training.run')",
            ["zoo.a imports training.run"],
        ),
        ("training/cli.py", "from evaluation import judge", []),
        ("training/cli.py", "import tests", ["training.cli imports tests"]),
        ("zoo/__init__.py", "import benchmarks.speed", ["zoo imports benchmarks.speed"]),
        ("zoo/a.py", "import zoo.cli", ["zoo.a imports the command module zoo.cli"]),
        ("device/sample.py", "import zoo", ["device.sample imports zoo"]),
        ("zoo/a.py", "import keras, tensorflow as tf, zoology", []),
    ],
)
def test_the_rule_itself(tmp_path, path, line, expected):
    for module in ("training/run.py", "training/config.py", "training/cli.py", path):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).touch()
    (tmp_path / path).write_text(line)

    assert list(faults(tmp_path)) == expected
