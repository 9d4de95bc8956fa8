"""The generated reference pages cover every setting, key and result."""

import configparser
import json
import runpy
from fnmatch import fnmatch
from pathlib import Path

import pytest

from coverzoo.evaluation.figures import CONTROLS, FIGURES
from coverzoo.evaluation.metrics_keys import METRICS_KEYS
from coverzoo.training.config import RunConfig
from coverzoo.training.metric_keys import METRIC_KEYS
from coverzoo.zoo import registry

ROOT = Path(__file__).resolve().parents[2]
PAGES = runpy.run_path(str(ROOT / "docs" / "generate_reference.py"))


def test_every_setting_of_every_model_has_a_line_with_its_preset_values():
    page = PAGES["settings_page"]()

    for model in registry.MODELS:
        section = page.partition(f"\n## {model}\n")[2].partition("\n## ")[0]
        for key, field in registry.fields_of(model).items():
            assert field.description in section
            assert section.count(f"| `{key}` |") == 2, (model, key)


def test_every_command_has_its_options_on_the_page_of_commands():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    scripts = setup["options.entry_points"]["console_scripts"].strip().splitlines()
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")

    for name, target in (line.split(" = ") for line in scripts):
        assert f".. click:: {target}\n   :prog: {name}\n" in page


def test_every_key_of_the_configuration_has_a_line(trained):
    page = PAGES["config_page"]()
    config = json.loads((trained / "config.json").read_text())

    assert RunConfig.model_fields.keys() <= config.keys()
    for key in config:
        assert f"| `{key}` |" in page


def test_a_run_writes_only_metrics_that_are_described(trained, metrics_of):
    page = PAGES["metrics_page"]()

    for record in metrics_of(trained):
        assert record.keys() <= METRIC_KEYS.keys()
    for key in METRIC_KEYS:
        assert f"| `{key}` |" in page


def test_an_evaluated_run_of_a_vae_writes_only_metrics_that_are_described(
    train_coder, pairs, metrics_of, tmp_path
):
    run = tmp_path / "run"
    result = train_coder(
        "vae", "--data", pairs, "--audio", "--steps", 8, "--evaluate", "--out", run
    )
    assert result.exit_code == 0, result.output

    found, figures = set(), set()
    for record in metrics_of(run):
        found |= record.keys()
        figures |= record.get("evaluation", {}).keys()
    assert found <= METRIC_KEYS.keys()
    assert {"kl_loss", "val_loss", "learning_rate", "evaluation"} <= found
    assert figures - {"split"} <= {**FIGURES, **CONTROLS}.keys()
    assert {"split", "psnr", "genre", "genre_real"} <= figures
    metrics = json.loads((run / "evaluation" / "test" / "metrics.json").read_text())
    for key in leaves(metrics):
        assert any(fnmatch(key, known) for known in METRICS_KEYS), key


def test_every_figure_is_a_key_of_metrics_json():
    for figure in {**FIGURES, **CONTROLS}.values():
        key = ".".join(figure.keys)
        assert any(fnmatch(key, known) for known in METRICS_KEYS), key


def leaves(value, prefix=""):
    """The keys of nested objects, joined by dots."""
    if not isinstance(value, dict):
        yield prefix
        return
    for key, item in value.items():
        yield from leaves(item, f"{prefix}.{key}" if prefix else key)


@pytest.mark.parametrize(
    "name",
    [
        "settings",
        "config",
        "metrics",
        "evaluation",
        pytest.param("signatures", marks=pytest.mark.slow),
    ],
)
def test_the_pages_in_the_tree_are_those_generated(name):
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")

    assert page == PAGES[f"{name}_page"](), "run python docs/generate_reference.py"


@pytest.fixture
def metrics_of():
    """The records of a run."""
    return lambda run: [
        json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()
    ]


def test_every_signature_has_a_line_with_its_inputs_outputs_and_models():
    page = PAGES["signatures_page"](["vae"])

    names, _ = PAGES["exported"]("vae", True)
    assert len(names) > 10
    for name in names:
        assert page.count(f"\n| `{name}` |") == 1
    both, _, saved_model = page.partition("\n## In SavedModels only\n")
    assert "| `seeds` | `image`, `image_bytes`, `image_uint8` | `vae` |" in saved_model
    outputs = "`image`, `image_uint8`, `typicality`"
    assert f"| `code`, `audio` | {outputs} | `vae` with audio |" in both
    assert "`sample_1` and `sample_4`" in both


def test_a_signature_without_a_description_is_an_error(monkeypatch):
    monkeypatch.delitem(PAGES["SIGNATURES"], "encode")

    with pytest.raises(ValueError, match="encode"):
        PAGES["signatures_page"](["ae-resize"])
