"""`zoo-eval card`: what the Hub's own library reads of a card, and what a card must not hold."""

import json
import shutil

import pytest
from huggingface_hub import metadata_load

from coverzoo.evaluation.cli import main
from coverzoo.sampling.cli import main as zoo_sample
from coverzoo.zoo import registry

pytestmark = pytest.mark.usefixtures("no_network")


def test_the_metadata_have_the_figures_of_the_evaluation(run, measure, metrics, card, pairs):
    measure(run)

    data = card(run).data

    assert (data.library_name, data.model_name) == ("keras", "my-run")
    assert data.license is None
    results = {result.metric_type: result for result in data.eval_results}
    values = {name: result.metric_value for name, result in results.items()}
    assert values == {
        **{
            name: metrics["adherence"][name]
            for name in ("recall_at_1", "recall_at_5", "recall_at_10")
        },
        **{"balanced_accuracy": 0.812, "kid": 0.25, "fid": 12.5, "density": 1.5},
        **{"improved_precision": 0.938, "improved_recall": 0.625, "coverage": 0.562},
        **{"two_sample_auc_8px": 0.5, "two_sample_auc_32px": 0.875, "memorisation": 0.5},
        **{"relative_diversity_features": 0.25, "relative_diversity_pixels": 0.25},
    }
    assert data.metrics == list(results)
    one = results["kid"]
    assert (one.dataset_name, one.dataset_split) == (pairs.name, "test")
    assert one.dataset_args["fingerprint"] == "ab12"
    assert one.task_type == "audio-to-image"


def test_the_body_has_the_tables_the_protocol_and_the_conclusion(run, measure, card):
    measure(run)

    text = card(run).text

    assert "| own audio ranked first of 50 | 0.5 | 0.5 | 0.5 | 0.02 |" in text
    assert "(95 % interval 0.7 to 0.9) | 0.938 | 0.125 | 0.1 |" in text
    assert "| rank correlation of onset rate | 0.75 | 0.938 | – | 0 |" in text
    assert "| jazz | 6 | 1 | 1 | 0 |" in text
    assert "| KID | 0.25 ± 0.12 | 0 |" in text
    assert "extrapolated" not in text  # it is not a number
    assert "a period of 2 px" not in text
    assert "| Protocol | full, version 1 |" in text
    assert "| Covers | 6 of the split test |" in text
    assert "- Covers follow the audio: of 50 tracks" in text
    assert "Pairs of a cover and audio features for training: 24\n" in text
    assert "| Training steps | 3 |" in text
    assert "quick" not in text
    assert "not measurable" not in text


def test_what_limits_the_figures_is_in_the_card(run, measure, metrics, card):
    measure(
        run,
        protocol={**metrics["protocol"], "name": "quick"},
        data={**metrics["data"], "that_of_training": False},
        adherence={"not_measurable": "no skill", "genre": {"not_measurable": "one genre"}},
        quality={"not_measurable": "needs 8 covers"},
    )

    found = card(run)

    assert "The protocol is the quick one" in found.text
    assert "**The data is not what the model was trained on.**" in found.text
    assert "- Adherence to the audio: not measurable, no skill" in found.text
    assert "- Genre: not measurable, one genre" in found.text
    assert "- Quality: not measurable, needs 8 covers" in found.text
    assert {each.dataset_name for each in found.data.eval_results} == {"not the data of training"}


def test_a_run_that_was_not_measured_has_the_command_that_measures_it(run, call):
    result = call(main, "card", run)

    assert f"Not measured yet: zoo-eval run {run}\n" in result.output
    assert f"Card: {run / 'README.md'}\n" in result.output
    assert "model-index" not in metadata_load(run / "README.md")
    assert "Not measured yet. `zoo-eval run RUN` measures it" in (run / "README.md").read_text()


def test_a_card_has_no_path_of_the_machine(run, measure, card, change_config, pairs):
    measure(run)
    change_config(run, init_from=str(run.parent / "first"), data=str(pairs))

    text = str(card(run))

    assert json.loads((run / "config.json").read_text())["corpus"]["root"] == str(pairs)
    assert str(run.parent) not in text
    assert str(pairs.parent) not in text
    assert "The data set “data”," in text  # the name of its folder
    assert "those of the run first |" in text


@pytest.mark.parametrize(
    ("data", "root", "name"),
    [
        ("/home/user/covers/", "/home/user/covers", "covers"),
        (".", "/home/user/covers", "covers"),
        (r"C:\Users\user\covers", r"C:\Users\user\covers", "covers"),
        ("covers", None, "covers"),
        ("/", "/", "data"),
    ],
)
def test_a_data_set_has_the_name_of_its_folder(run, card, change_config, data, root, name):
    change_config(run, data=data, corpus={"root": root})

    assert f"The data set “{name}”," in card(run).text


HOSTILE = [
    "<script>alert(1)</script>",
    "a: b # c",
    "---\nlicense: mit\n---\n# Heading",
    "- [x](y) | `z` \\",
    "'\"{[&*!%@",
    "null",
    "caf\udce9 \x00",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_data_are_text(run, measure, metrics, card, change_config, name):
    genre = {"tracks": 6, "generated": 1.0, "real": 1.0, "shuffled": 0.0}
    metrics["adherence"]["genre"]["genres"] = {name: genre}
    measure(run)
    folder = name.replace("/", "").replace("\\", "")
    change_config(run, data=f"/x/{folder}", corpus={"genres": [name], "root": f"/x/{folder}"})

    found = card(run)

    assert found.data.to_dict() == metadata_load(run / "README.md")
    assert found.data.license is None
    line = " ".join(folder.replace("\udce9", " ").replace("\x00", " ").split())
    assert {result.dataset_name for result in found.data.eval_results} == {line}
    assert "<script" not in found.text
    assert "\n# Heading" not in found.text
    assert found.text.count("\n## ") == 7


@pytest.mark.parametrize("name", ["<script>", "a # b: [c]", "a\n---\nb", "yes"])
def test_a_run_of_any_name_has_a_card(run, measure, card, name):
    folder = run.rename(run.with_name(name))
    measure(folder)

    found = card(folder)

    assert found.data.model_name == " ".join(name.split())
    assert metadata_load(folder / "README.md")["model-index"][0]["name"] == found.data.model_name
    assert "<script" not in str(found.text)


def commands(text):
    """The lines of the card's shell block, and its Python block."""
    shell, python = (text.split(f"```{name}\n")[1].split("```")[0] for name in ("sh", "python"))
    return shell.splitlines(), python


@pytest.mark.parametrize("model", ["wgan-gp", "vae", "ae-resize"])
def test_the_commands_of_a_card_work(model, run, used, pairs, card, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if model != "wgan-gp":
        run = used(model)
        settings = registry.settings_of(
            model,
            "small",
            False,
            {"image_size": 32, "latent_dim": 5} if model == "vae" else {"image_size": 32},
        )
        config = {"model": model, "audio": False, "settings": settings.model_dump(mode="json")}
        (run / "config.json").write_text(json.dumps(config))
    shutil.copy(next(pairs.rglob("*.npy")), "song.npy")
    shutil.copy(next(pairs.rglob("*.jpg")), "cover.jpg")
    tasks = {"vae": "unconditional-image-generation", "ae-resize": "image-to-image"}
    found = card(run)
    shell, python = commands(found.text)

    assert found.data.pipeline_tag == tasks.get(model)
    assert len(shell) == (1 if model == "ae-resize" else 2)
    for line in shell:
        if "song.mp3" in line:  # needs the extra `audio`
            continue
        program, name, *options = line.split()
        assert (program, name) == ("zoo-sample", "RUN")
        result = call(zoo_sample, run, *options)
        assert result.exit_code == 0, result.output
        assert (tmp_path / options[-1]).is_file()
    names = {}
    exec(python.replace('"RUN"', repr(str(run))), names)
    assert hasattr(names["model"], "generate") == (model != "ae-resize")
    assert hasattr(names["model"], "reconstruct") == (model != "wgan-gp")


def test_an_autoencoder_has_its_reconstructions(run, measure, card, change_config):
    sections = ("quality", "artefacts", "memorisation", "diversity", "facts", "adherence")
    found = {"mse": 0.01, "psnr": 20.5, "ssim": 0.75, "covers": 6, "split": "test"}
    measure(run, **dict.fromkeys(sections), reconstruction=found)
    change_config(run, model="ae-resize", audio=False)

    found = card(run)

    values = {each.metric_type: each.metric_value for each in found.data.eval_results}
    assert values == {"psnr": 20.5, "ssim": 0.75, "mse": 0.01}
    assert {each.task_type for each in found.data.eval_results} == {"image-to-image"}
    assert "| PSNR of reconstructions, dB | 20.5 | – |" in found.text
    assert "It generates no new ones." in found.text
    assert "zoo-sample RUN --audio" not in found.text


def test_a_licence_is_stated_only_where_it_is_known(run, card, call, tmp_path):
    assert "Not stated." in card(run).text
    assert card(run, "--license", "cc-by-4.0").data.license == "cc-by-4.0"

    out = tmp_path / "demo.md"
    assert call(main, "card", "demo", "--out", out).exit_code == 0
    assert metadata_load(out)["license"] == "mit"  # that of the project
