"""The sections of reconstructions, and what a report shows of them."""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.evaluation.evaluator import Shown
from coverzoo.evaluation.metrics import reconstruction
from coverzoo.evaluation.metrics.reconstruction import reconstruction_quality
from coverzoo.evaluation.protocol import Protocol
from coverzoo.evaluation.reconstruction_sections import reconstruction_sections
from coverzoo.evaluation.report import charts
from coverzoo.evaluation.report.sections import sections
from coverzoo.images import to_bytes
from coverzoo.zoo import registry

SIZES = {"image_size": 32, "encoder_channels": (4, 6, 5), "bottleneck_channels": 7}


@contextmanager
def progress(label, total):
    yield SimpleNamespace(update=lambda count: None)


@pytest.fixture(scope="module")
def samples(pairs):
    return read_split(pairs, "train", audio=True).samples


@pytest.fixture(scope="module")
def model_of():
    """An untrained model of the zoo."""

    def model_of(name, width=0):
        changes = SIZES | ({"latent_dim": 5} if name == "vae" else {})
        settings = registry.settings_of(name, "small", bool(width), changes)
        return registry.build(name, settings, audio_width=width, seed=1).generative

    return model_of


def measured(model, samples, **sizes):
    """The section `reconstruction`, and what is shown."""
    found, shown = reconstruction_sections(
        model, samples, "train", Protocol("t", **sizes), progress
    )
    return found["reconstruction"], shown


def reported(section, shown):
    """The section of the report."""
    (found,) = sections({"reconstruction": section}, Shown({}, (), shown))
    return found


@pytest.mark.parametrize(("name", "width"), [("ae-resize", 0), ("vae", 0), ("vae", 1160)])
def test_figures_are_those_of_each_measure_whatever_the_batch(
    model_of, samples, monkeypatch, name, width
):
    model = model_of(name, width)
    section, shown = measured(model, samples)
    monkeypatch.setattr(reconstruction, "BATCH_SIZE", 10)
    again, others = measured(model, samples)

    expected = reconstruction_quality(model, samples, "train").to_json()
    for found in (section, again):
        figures = {key: found[key] for key in ("mse", "psnr", "ssim")}
        assert figures == pytest.approx({key: expected[key] for key in figures}, rel=1e-5)
        assert (found["covers"], found["latent"]["covers"]) == (24, 24)
    assert ("elbo" in section) == (name == "vae")
    if name == "vae":
        assert again["elbo"] == pytest.approx(section["elbo"], rel=1e-6)
        assert section["elbo"] == pytest.approx(section["log_likelihood"] - section["kl"])
    np.testing.assert_allclose(others.latent.points, shown.latent.points, atol=1e-4)
    assert list(shown.latent.genres) == [sample.genre for sample in samples]


def test_each_cover_is_reconstructed_once(samples):
    received = []

    def reconstruct(image):
        received.append(len(image))
        return image

    model = SimpleNamespace(
        image_size=32,
        audio_encoder=None,
        reconstruct=reconstruct,
        encode=lambda image: image[:, :2, :2],
    )

    section, shown = measured(model, samples)

    assert sum(received) == section["covers"] == 24
    assert section["ssim"] == 1.0
    np.testing.assert_array_equal(shown.pairs[:8], shown.pairs[8:])


def test_the_map_has_covers_at_equal_distances_up_to_its_limit(samples, monkeypatch):
    monkeypatch.setattr(reconstruction, "BATCH_SIZE", 10)
    batch = next(iter(ordered_batches(samples, (), image_size=32, batch_size=24, audio=False)))
    model = SimpleNamespace(
        image_size=32,
        audio_encoder=None,
        reconstruct=lambda image: image,
        encode=lambda image: image[:, 0, 0, :1],  # one value, so that the map is that value
    )

    section, shown = measured(model, samples, map_covers=4)

    places = [0, 8, 15, 23]
    corner = np.asarray(batch["image"])[places, 0, 0, 0].astype(float)
    found = shown.latent.points[:, 0]
    np.testing.assert_allclose(np.abs(found), np.abs(corner - corner.mean()), atol=1e-5)
    assert list(shown.latent.genres) == [samples[place].genre for place in places]
    assert section["latent"]["covers"] == 4


def test_pooling_indices_leave_no_map(model_of, samples):
    section, shown = measured(model_of("ae-transpose"), samples)

    assert "pooling indices" in section["latent"]["not_measurable"]
    assert shown.latent is None
    report = reported(section, shown)
    assert "There is no map of the codes: the decoder also takes" in report.text
    assert report.charts == []


def test_artefacts_are_those_of_reconstructions(samples):
    """A grid of single pixels that the decoder adds, and the first covers beside it."""
    grid = 0.2 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32))[..., None]
    model = SimpleNamespace(
        image_size=32,
        audio_encoder=None,
        reconstruct=lambda image: np.asarray(image) * 0.5 + grid.astype(np.float32),
        encode=lambda image: image[:, :2, :2],
    )

    found, shown = reconstruction_sections(model, samples, "train", Protocol("t"), progress)

    assert found["artefacts"]["period_2"]["energy"] > 5.0
    assert found["artefacts"]["period_2"]["shared"] > 0.9
    assert found["artefacts"]["period_4"]["energy"] == pytest.approx(0.25, rel=1e-3)
    batch = next(iter(ordered_batches(samples, (), image_size=32, batch_size=8, audio=False)))
    originals = np.asarray(batch["image"])
    np.testing.assert_array_equal(
        shown.pairs, to_bytes(np.concatenate([originals, model.reconstruct(originals)]))
    )


def test_the_report_has_the_figures_of_metrics_json(model_of, samples):
    section, shown = measured(model_of("vae"), samples)

    found = reported(section, shown)

    rows = dict(found.rows)
    assert rows["SSIM"] == f"{section['ssim']:.3f}"
    assert rows["ELBO"] == f"{section['elbo']:,.1f} nats"
    assert rows["active dimensions"] == f"{section['active_units']} of 5"
    assert "codes of 24 covers" in found.text
    assert len(found.charts) == len(found.pictures) == 1
    assert reported(section, None).charts == []
    assert sections({}, Shown({}, (), shown)) == []


def test_a_scatter_has_each_point_and_each_group():
    groups = [f"genre {number % 12:02}" for number in range(60)]
    groups[:2] = ["_hidden", "$x$ <b> of a long name"]
    points = np.random.default_rng(0).normal(size=(60, 2))

    svg = charts.scatter(points, groups, ("axis 1", "axis 2"))

    assert svg.count("<use ") == 60 + 14  # and the legend
    for group in ("_hidden", "$x$ &lt;b&gt; of a l…", *groups[2:14]):
        assert f">{group}</text>" in svg
    assert "<b>" not in svg
    styles = {line.split("<use ")[1].split('"')[1] for line in svg.splitlines() if "<use " in line}
    assert len(styles) == 2 * 14  # each group has its marker, larger in the legend
