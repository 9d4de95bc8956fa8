"""`zoo-eval compare`: runs that differ by seed are one row; what does not compare is refused."""

import copy
import json

import matplotlib
import pytest

from coverzoo.errors import UserError
from coverzoo.evaluation.cli import main
from coverzoo.evaluation.compare import compare, table, write_chart

METRICS = {
    "protocol": {"name": "full", "version": 1, "features": "own, 64 px, area"},
    "data": {"split": "test", "contents": "ab"},
    "run": {"name": "one", "settings": "s1"},
    "adherence": {"recall_at_1": 0.5, "p_value": 0.001, "units": 6, "genre": {"generated": 0.8}},
    "quality": {"kid": {"value": 0.1}, "precision": 0.9},
}


@pytest.fixture
def write(tmp_path):
    def write(name, recall=0.5, **changes):
        metrics = copy.deepcopy(METRICS)
        metrics["run"]["name"], metrics["adherence"]["recall_at_1"] = name, recall
        for key, value in changes.items():
            part, _, last = key.partition("__")
            metrics[part][last] = value
        file = tmp_path / name / "evaluation" / "test" / "metrics.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(metrics))
        return file

    return write


def test_runs_that_differ_by_seed_have_a_mean_and_a_standard_error(write):
    files = [write("a", 0.5), write("b", 0.7), write("c", 0.1, run__settings="s2")]

    first, second = compare(files)

    assert (first.name, first.runs, second.name, second.runs) == ("a", 2, "c", 1)
    assert first.figures["recall_at_1"].value == pytest.approx(0.6)
    assert first.figures["recall_at_1"].standard_error == pytest.approx(0.1)
    assert first.figures["psnr"] is None
    lines = table([first, second]).splitlines()
    assert lines[0].startswith("| run | runs | recall@1 | p | genre |")
    assert "PSNR" not in lines[0]
    assert lines[2].startswith("| a | 2 | 0.6 ± 0.1 |")
    assert lines[3].startswith("| c | 1 | 0.1 |")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"protocol__name": "quick"}, "its protocol is quick, that of"),
        ({"protocol__features": "inception"}, "its features is inception"),
        ({"data__contents": "cd"}, "its data is cd"),
        ({"data__split": "val"}, "its split is val"),
        ({"adherence__units": 16}, r"its number of units \(--groups changes it\) is 16"),
    ],
)
def test_figures_of_another_protocol_or_data_are_not_mixed(write, change, message):
    files = [write("a"), write("b", **change)]

    with pytest.raises(UserError, match=message):
        compare(files)


def test_a_model_without_audio_compares_with_one_that_has_it(write):
    files = [write("a"), write("b", run__settings="s2", adherence__units=None)]

    assert [row.name for row in compare(files)] == ["a", "b"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"protocol": 3}'])
def test_a_damaged_file_is_refused_by_name(write, content, call):
    file = write("a")
    file.write_text(content)

    result = call(main, "compare", file.parents[2])

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert f"{file}: not written by zoo-eval run, or damaged" in result.output


def test_the_chart_has_a_panel_for_each_figure_and_a_row_for_each_kind_of_run(
    write, tmp_path, call
):
    files = [write("a", 0.5), write("b$x$", 0.7, run__settings="s2")]
    chart = tmp_path / "chart.svg"

    result = call(main, "compare", *(file.parents[2] for file in files), "--chart", chart)

    assert result.exit_code == 0, result.output
    assert f"Chart: {chart}" in result.output
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        write_chart(compare(files), chart)
    text = chart.read_text()
    for word in ("recall@1", "genre", "KID", "precision", ">a<", ">b$x$<"):
        assert word in text
    assert "PSNR" not in text


def test_a_chart_of_another_form_is_refused(write, tmp_path, call):
    result = call(main, "compare", write("a").parents[2], "--chart", tmp_path / "chart.gif")

    assert result.exit_code == 1
    assert "chart.gif: expected a file of .svg, .png, .pdf" in result.output
    assert not (tmp_path / "chart.gif").exists()


def test_a_run_without_metrics_is_refused_with_the_remedy(tmp_path, call):
    result = call(main, "compare", tmp_path)

    assert result.exit_code == 1
    assert "metrics.json: not there. Measure the run first: zoo-eval run RUN" in result.output
