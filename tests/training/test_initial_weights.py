"""First weights: from another run, and of a run killed before its first checkpoint."""

import shutil

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import load_vectors
from coverzoo.training.checkpoints import Checkpoints
from coverzoo.training.cli import main as zoo_train
from coverzoo.training.config import RunConfig
from coverzoo.training.initial_weights import start_from
from coverzoo.training.run import Run
from coverzoo.zoo import registry
from coverzoo.zoo.layers.typicality import LEVELS

pytestmark = pytest.mark.usefixtures("eager")


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def learned(network):
    """The values that come from another run."""
    return [np.asarray(variable) for variable in network.variables_but_typicality]


@pytest.fixture
def model(trained):
    """Build a model like the trained run's with other weights, and with changes."""
    config = RunConfig.from_json(Run(trained).config())

    def model(**changes):
        settings = registry.settings_of(
            "wgan-gp", "small", True, {**config.settings.model_dump(), **changes}
        )
        return registry.build("wgan-gp", settings, audio_width=1160), config

    return model


def test_generator_critic_and_ema_copy_come_from_the_other_run(model, trained):
    source, config = model()
    Checkpoints(trained / "checkpoints", source).restore()
    target, _ = model()
    logged = []

    start_from(Run(trained), target, config, logged.append)

    for name in ("generator", "critic", "ema_generator"):
        assert same(learned(getattr(target, name)), learned(getattr(source, name))), name
    assert not same(target.generator.get_weights(), target.ema_generator.get_weights())
    assert int(target.steps) == int(target.critic_optimizer.iterations) == 0
    assert logged == [f"Starting from generator and critic of {trained}/checkpoints/step-00000003"]


@pytest.mark.parametrize("why", ["another critic", "no checkpoint"])
def test_without_a_fitting_checkpoint_only_the_generator_comes_from_the_other_run(
    model, trained, tmp_path, why
):
    run = trained
    target, config = model(**({"critic_channels": (8, 8, 16)} if why == "another critic" else {}))
    if why == "no checkpoint":
        run = shutil.copytree(trained, tmp_path / "run", ignore=lambda *_: ["checkpoints"])
    critic = target.critic.get_weights()
    logged = []

    start_from(Run(run), target, config, logged.append)

    used = learned(zoo.load(trained))
    assert same(learned(target.generator), used)
    assert same(learned(target.ema_generator), used)
    assert same(target.critic.get_weights(), critic)
    assert logged == [
        f"Starting from the generator of {run}/model.keras; no checkpoint has such a critic"
    ]


def test_a_run_without_a_checkpoint_starts_as_it_started(train, trained, pairs, tmp_path):
    data = ("--data", pairs, "--audio", "--no-evaluate")
    out = tmp_path / "run"
    result = train(*data, "--init-from", trained, "--steps", 0, "--seed", 5, "--out", out)
    assert result.exit_code == 0, result.output
    assert same(zoo.load(out).get_weights(), zoo.load(trained).get_weights())
    (out / "model.keras").unlink()
    shutil.rmtree(out / "checkpoints")

    result = train("--resume", "--out", out, "--no-evaluate")

    assert "No intact checkpoint: starting at step 0." in result.output
    assert "Starting from generator and critic" in result.output
    assert same(zoo.load(out).get_weights(), zoo.load(trained).get_weights())


def test_a_run_can_start_from_the_bundled_model(call, pairs, tmp_path):
    words = (
        *("--model", "wgan-gp", "--audio", "--data", pairs, "--preset", "small"),
        *("--steps", 0, "--batch-size", 4),
        # The sizes of its networks are not those of the preset, see its card.
        *("--image-size", 128, "--set", "generator_channels=128,96,48,24,8"),
        *("--set", "finest_channels=6", "--set", "critic_channels=8,24,48,96,128"),
    )

    result = call(
        zoo_train, *words, "--no-evaluate", "--init-from", "demo", "--out", tmp_path / "run"
    )

    assert result.exit_code == 0, result.output
    made, demo = zoo.load(tmp_path / "run"), zoo.load("demo")
    assert same(learned(made), learned(demo))
    # The scaling is that of the demo, and the training tracks are those of the new run.
    vectors = load_vectors(read_split(pairs, "train", audio=True).samples)
    scaled = np.asarray(demo.audio_encoder.scaling(vectors))[:, : vectors.shape[1]]
    both = vectors[:, :580].any(axis=1) & vectors[:, 580:].any(axis=1)
    np.testing.assert_allclose(
        made.audio_encoder.typicality.quantiles[2],
        np.percentile(np.sqrt(np.mean(scaled[both] ** 2, axis=1)), LEVELS),
        rtol=1e-5,
    )


def test_networks_of_other_sizes_are_refused(train, trained, pairs, tmp_path):
    call = ("--data", pairs, "--audio", "--init-from", trained, "--out", tmp_path / "run")

    result = train(*call, "--set", "latent_dim=50")

    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: --init-from {trained}: its networks are of other sizes. "
        "Use its --preset, --image-size and --set.\n"
    )
    assert not list(tmp_path.iterdir())
