"""`zoo-train` of autoencoders and the VAE: complete, killed and resumed, fine-tuned.

A script is added to the validation losses, so that the best one comes where a test needs it.
"""

import shutil

import numpy as np
import pytest
from PIL import Image

from coverzoo import zoo
from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.metrics.reconstruction import reconstruction_quality
from coverzoo.training.callbacks.metrics import MetricsLogger
from coverzoo.training.callbacks.validation import Validation

MODELS = ["ae-resize", "vae --audio"]
# Killed in step 22, a run resumes from the checkpoint of step 16: an epoch without a lower loss.
BEFORE = {6: -1e4, 12: 0.0, 18: 0.0, 24: 0.0}  # the best is older: it must be remembered
BETWEEN = {6: 0.0, 12: 1e4, 18: -1e4, 24: 0.0, 30: 0.0, 36: 0.0}  # and younger: found again


class Killed(BaseException):
    """As SIGKILL does it: between two steps, and nothing is written any more."""


@pytest.fixture
def scripted(monkeypatch):
    """Add a script's value to the validation loss of a step."""
    measuring = Validation.losses

    def scripted(script):
        def losses(self):
            found = measuring(self)
            return {**found, "loss": found["loss"] + script[self.state.step]}

        monkeypatch.setattr(Validation, "losses", losses)

    return scripted


@pytest.fixture
def killed_at(monkeypatch):
    """Kill training once at a step."""
    recording = MetricsLogger.on_train_batch_end

    def killed_at(step):
        left = [step]

        def record(self, batch, logs=None):
            recording(self, batch, logs)
            if self.state.step in left:
                left.clear()
                raise Killed

        monkeypatch.setattr(MetricsLogger, "on_train_batch_end", record)

    return killed_at


@pytest.fixture
def start(train_coder, pairs):
    """Train `MODEL [--audio]` on the pairs into a folder."""

    def start(model, out, *arguments, data=pairs):
        model, *audio = model.split()
        options = (*audio, "--data", data, "--no-evaluate", "--out", out)
        result = train_coder(model, *options, *arguments)
        assert result.exit_code == 0, result.output
        return result

    return start


def same(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def variables_of(state, name):
    """A network's variables in a checkpoint, in their order."""
    found = {
        int(key.split("/")[2]): value
        for key, value in state.items()
        if key.startswith(f"networks/{name}/")
    }
    return [found[index] for index in sorted(found)]


def of_step(found, step):
    return {k: v for record in found if record["step"] == step for k, v in record.items()}


@pytest.mark.parametrize(
    ("model", "script", "best"), [("ae-resize", BEFORE, 6), ("vae --audio", BETWEEN, 18)]
)
def test_a_resumed_run_has_the_best_model_and_the_patience_of_an_uninterrupted_one(
    start, train, scripted, killed_at, state, metrics, tmp_path, model, script, best
):
    scripted(script)
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    options = ("--steps", 60, "--checkpoint-every", 8, "--set", "patience=3", "--seed", 7)
    options += ("--set", "l2_weight=0.01", "--set", "learning_rate=0.01", "--set", "flip=true")
    if "audio" in model:
        options += ("--set", "condition_dropout=0.3", "--set", "kl_warmup_steps=9")
    start(model, straight, *options)

    killed_at(22)
    with pytest.raises(Killed):
        start(model, killed, *options)
    kept = sorted(path.name for path in (killed / "checkpoints").iterdir())
    assert kept == ["step-00000008", "step-00000016"]
    result = train("--resume", "--out", killed)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 16" in result.output
    assert f"Trained {max(script) - 16} more steps: {max(script)} in all, in " in result.output
    expected, got = state(straight), state(killed)
    assert expected.keys() == got.keys()
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
    lowest, wait = (
        next(value for name, value in got.items() if name.startswith(f"model/{kind}"))
        for kind in ("best", "wait")
    )
    assert wait == 3
    assert lowest == pytest.approx(of_step(metrics(killed), best)["val_loss"], rel=1e-5)
    assert same(zoo.load(killed).get_weights(), zoo.load(straight).get_weights())
    timing = {"seconds", "images_per_second"}
    one, other = (
        [{key: value for key, value in record.items() if key not in timing} for record in found]
        for found in (metrics(killed), metrics(straight))
    )
    assert one == other


def test_a_run_killed_after_its_first_validation_can_be_resumed(
    start, train, killed_at, metrics, tmp_path
):
    run = tmp_path / "run"
    killed_at(8)  # after the validation at 6, long before the checkpoint at 50
    with pytest.raises(Killed):
        start("ae-resize", run, "--steps", 60, "--checkpoint-every", 50)
    assert (run / "model.keras").is_file()

    result = train("--resume", "--out", run, "--steps", 9)

    assert result.exit_code == 0, result.output
    assert "Resuming at step 6" in result.output
    assert [one["step"] for one in metrics(run) if "loss" in one] == [6, 9]


def test_the_model_of_a_run_is_its_best_and_not_its_last(
    start, train, scripted, at_step, state, metrics, tmp_path
):
    scripted({6: -1e4, 12: 0.0, 18: 0.0})
    run, weights = tmp_path / "run", {}
    at_step(6, lambda logger: weights.update(best=logger.model.generative.get_weights()))

    result = start(
        "ae-resize", run, "--steps", 60, "--set", "patience=2", "--set", "learning_rate=0.01"
    )

    assert "Trained 18 steps" in result.output
    used = zoo.load(run)
    assert same(used.get_weights(), weights["best"])
    last = variables_of(state(run), "autoencoder")
    assert not same([np.array(v) for v in used.variables], last)
    found = metrics(run)
    assert [one["step"] for one in found if "val_loss" in one] == [6, 12, 18]
    assert "loss" in of_step(found, 18), "the last training losses are recorded too"

    before = (run / "model.keras").read_bytes()
    for more in ((), ("--steps", 90)):
        result = train("--resume", "--out", run, *more)
        assert result.exit_code == 0
        assert "18 steps already, and 2 epochs brought no lower validation loss." in result.output
    assert metrics(run) == found
    assert (run / "model.keras").read_bytes() == before


def test_part_of_an_epoch_is_validated_at_the_last_step_only(start, metrics, tmp_path):
    start("vae", tmp_path / "run", "--steps", 8)

    found = [one for one in metrics(tmp_path / "run") if "val_loss" in one]
    assert [one["step"] for one in found] == [6, 8]
    assert {"val_reconstruction_loss", "val_kl_loss"} <= found[-1].keys()


def test_without_a_val_split_the_last_weights_are_kept(start, pairs, state, metrics, tmp_path):
    data = shutil.copytree(pairs, tmp_path / "data")
    for kind in ("cover", "audio"):
        shutil.rmtree(data / "audio-cover_dataset" / kind / "val")

    result = start("ae-transpose", tmp_path / "run", "--steps", 8, "--set", "patience=1", data=data)

    assert "No val split: training goes to its last step, and its last weights" in result.output
    assert not any("val_loss" in record for record in metrics(tmp_path / "run"))
    last = variables_of(state(tmp_path / "run"), "autoencoder")
    assert same([np.array(v) for v in zoo.load(tmp_path / "run").variables], last)


def test_reconstruction_quality_is_reported_each_time_and_recorded_once(
    train_coder, train, pairs, metrics, tmp_path
):
    run = tmp_path / "run"

    first = train_coder("ae-transpose", "--data", pairs, "--steps", 2, "--evaluate", "--out", run)
    again = train("--resume", "--out", run)

    test = read_split(pairs, "test", audio=False).samples
    expected = reconstruction_quality(zoo.load(run), test, "test")
    line = (
        f"Reconstructions of 6 covers have a PSNR of {expected.psnr:.1f} dB and an SSIM of "
        f"{expected.ssim:.2f}."
    )
    for result in (first, again):
        assert line in result.stdout.splitlines()
        assert (
            f"  zoo-sample {run} --reconstruct COVER.jpg --out reconstructions.png" in result.stdout
        )
        assert "--out covers.png" not in result.stdout, "it generates no covers"
    (record,) = (one["evaluation"] for one in metrics(run) if "evaluation" in one)
    assert record["split"] == "test"
    assert record["psnr"] == pytest.approx(expected.psnr, rel=1e-4)
    assert record["ssim"] == pytest.approx(expected.ssim, abs=1e-4)
    with Image.open(run / "samples" / "step-000002.png") as sheet:
        assert sheet.size == (8 * 34 + 2, 2 * 34 + 2)


@pytest.mark.parametrize("model", MODELS)
def test_first_weights_may_come_from_another_run(start, train_coder, pairs, tmp_path, model):
    source, target = tmp_path / "source", tmp_path / "target"
    start(model, source, "--steps", 0)

    result = start(model, target, "--init-from", source, "--steps", 0, "--seed", 5)

    assert f"Starting from {source}/model.keras" in result.output
    assert same(zoo.load(target).get_weights(), zoo.load(source).get_weights())
    other = train_coder(
        *("ae-transpose", "--data", pairs, "--init-from", source, "--out", tmp_path / "other")
    )
    assert f"--init-from {source}: that run is {model}, another model" in other.stderr
    assert not (tmp_path / "other").exists()
