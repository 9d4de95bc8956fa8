"""`zoo-eval card`: files that it keeps, and input that it refuses."""

import sys

import pytest
from huggingface_hub import metadata_load

from coverzoo.errors import install_command
from coverzoo.evaluation.cli import main

pytestmark = pytest.mark.usefixtures("no_network")


def test_a_card_is_replaced_unless_somebody_edited_it(run, measure, call):
    file = run / "README.md"
    call(main, "card", run)
    measure(run)
    assert call(main, "card", run).exit_code == 0
    assert "model-index" in metadata_load(file)

    edited = file.read_text().replace("## Limits", "## Limits\n\n- Mine.")
    file.write_text(edited)
    result = call(main, "card", run)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"{file}: exists, and was edited or not written by zoo-eval card" in result.output
    assert file.read_text() == edited
    assert call(main, "card", run, "--overwrite").exit_code == 0
    assert "- Mine." not in file.read_text()


@pytest.mark.parametrize("content", [b"# Mine\n", b"", b"\xff\xfe\x00"])
def test_another_readme_is_kept(run, call, content):
    file = run / "README.md"
    file.write_bytes(content)

    assert call(main, "card", run).exit_code == 1
    assert file.read_bytes() == content


def test_equal_runs_have_equal_cards(run, measure, card):
    measure(run)

    assert str(card(run)) == str(card(run))


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("missing",), 1, "missing: no run there"),
        (("demo",), 1, "demo: give a file for the card: --out FILE"),
        (("{run}", "--out", "{run}"), 1, "a folder. Give a file for the card: --out FILE"),
        (
            ("{run}", "--out", "{run}/config.json/a.md"),
            1,
            "config.json is not a folder. Give another",
        ),
        (("{run}", "--results", "{run}/none"), 1, "metrics.json: not there. Measure the run first"),
        (("{run}", "--license", "my own\n"), 2, "--license my own: expected an identifier"),
        (("{run}", "--split", "all"), 2, "--split"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(run, call, arguments, status, message):
    before = sorted(run.rglob("*"))

    result = call(main, "card", *(each.format(run=run) for each in arguments))

    assert result.exit_code == status
    assert result.output.count("\n") == 1
    assert message in result.output
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quality": {}}, "not written by this version of zoo-eval run, or damaged"),
        ({"adherence": 5}, "not written by this version of zoo-eval run, or damaged"),
        ({"n": None}, "not written by this version of zoo-eval run, or damaged"),
        ({"protocol": None}, "not written by zoo-eval run, or damaged"),
    ],
)
def test_damaged_metrics_are_refused(run, measure, call, changes, message):
    file = measure(run, **changes)

    result = call(main, "card", run)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"{file}: {message}" in result.output
    assert not (run / "README.md").exists()


def test_figures_of_another_model_or_split_are_refused(run, measure, metrics, call):
    file = measure(run, data={**metrics["data"], "split": "val"})
    results = ("--results", file.parent)

    other_split = call(main, "card", run, *results)
    (run / "model.keras").write_bytes(b"trained further")
    other_model = call(main, "card", run, "--split", "val")

    assert f"{file}: measured on val, not on test" in other_split.output
    assert f"{file}: the model.keras it is of is not that of the run" in other_model.output
    assert not (run / "README.md").exists()


@pytest.mark.parametrize("measured", [False, True])
def test_a_run_without_a_model_is_refused(run, measure, call, measured):
    if measured:
        measure(run)
    (run / "model.keras").unlink()

    result = call(main, "card", run)

    assert result.exit_code == 1
    assert f"{run / 'model.keras'}: not there yet" in result.output


@pytest.mark.parametrize(
    "changes", [{"model": "none"}, {"settings": {}}, {"settings": 3}, {"model": ["wgan-gp"]}]
)
def test_a_damaged_configuration_is_refused(run, call, change_config, changes):
    change_config(run, **changes)

    result = call(main, "card", run)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"{run / 'config.json'}: not written by this version of zoo-train" in result.output


def test_a_missing_library_is_reported_with_the_install_command(run, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    result = call(main, "card", run)

    assert result.exit_code == 1
    assert result.output == (
        f"Error: zoo-eval card needs huggingface_hub. Install it with: {install_command('hub')}\n"
    )
    assert not (run / "README.md").exists()
