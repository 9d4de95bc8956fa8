"""`Reference.compare` and `Parity.faults` on artefacts that are wrong in known ways."""

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.export.examples import built_in_corpus, load_examples
from coverzoo.export.parity import Parity, Reference


@pytest.fixture(scope="module")
def conditional(source):
    return source("gan", True)


@pytest.fixture(scope="module")
def reference(conditional):
    return Reference(conditional.model, conditional.examples)


def same(values):
    return values


def artefact(model, change=same, audio=same, typicality=same):
    def run(name, inputs):
        covers = model.generate(inputs["z"], audio(inputs["audio"]), inputs["strength"])
        percentiles = np.asarray(model.typicality(inputs["audio"]))
        return {"image": change(np.asarray(covers)), "typicality": typicality(percentiles)}

    return run


def test_the_model_itself_does_not_differ_and_depends_on_the_audio(conditional, reference):
    parity = reference.compare("sample_audio", artefact(conditional.model), rows=16)

    assert parity.max_difference < 1e-5
    assert parity.audio_std_ratio == pytest.approx(1.0, abs=1e-4)
    assert parity.typicality_difference == pytest.approx(0.0, abs=1e-3)
    assert parity.faults("float32") == []


def test_differences_are_reported_as_maximum_mean_and_psnr(conditional, reference):
    def shifted(covers):
        covers = covers.copy()
        covers[:, :, :, 0] += 0.3
        return covers

    parity = reference.compare("sample_audio", artefact(conditional.model, shifted))

    assert parity.max_difference == pytest.approx(0.3, abs=1e-5)
    assert parity.mean_difference == pytest.approx(0.1, abs=1e-5)
    assert parity.psnr == pytest.approx(10 * np.log10(4 / 0.03), abs=1e-3)
    assert parity.audio_std_ratio == pytest.approx(1.0, abs=1e-4)
    assert parity.faults("float32") == [
        "sample_audio: largest difference 0.3, allowed 0.001",
        "sample_audio: mean difference 0.1, allowed 1e-05",
    ]
    assert parity.faults("int8") == ["sample_audio: mean difference 0.1, allowed 0.08"]


def test_an_artefact_that_ignores_the_audio_is_caught(conditional, reference):
    ignoring = artefact(
        conditional.model, audio=lambda audio: np.repeat(audio[:1], len(audio), axis=0)
    )

    parity = reference.compare("sample_audio", ignoring)

    assert parity.audio_std_ratio == pytest.approx(0.0, abs=1e-4)
    assert parity.faults("int8")[-1] == (
        "sample_audio: the audio changes the covers 0.00 times as much as in the Keras model, "
        "needed 0.9"
    )


def test_an_artefact_with_another_typicality_is_caught(conditional, reference):
    shifted = artefact(conditional.model, typicality=lambda percentiles: percentiles + 0.5)

    parity = reference.compare("sample_audio", shifted)

    assert parity.typicality_difference == pytest.approx(0.5, abs=1e-3)
    assert parity.faults("int8") == [
        "sample_audio: the typicality of tracks differs by 0.5 percentile points, allowed 0.1"
    ]


def test_an_artefact_without_the_typicality_is_an_error(conditional, reference):
    def without(name, inputs):
        return {"image": artefact(conditional.model)(name, inputs)["image"]}

    with pytest.raises(ValueError, match="the typicality of the artefact is not that of the model"):
        reference.compare("sample_audio", without)


def test_an_artefact_that_ignores_the_strength_is_caught():
    model = zoo.load("demo")  # conditioned on audio, with a null condition
    with built_in_corpus() as root:
        found = load_examples(model, root)

    def ignoring(name, inputs):
        outputs = {"image": np.asarray(model.generate(inputs["z"], inputs["audio"]))}
        typicality = model.typicality(inputs["audio"])
        return outputs if typicality is None else {**outputs, "typicality": typicality.numpy()}

    parity = Reference(model, found).compare("sample_audio", ignoring)

    assert parity.audio_std_ratio == pytest.approx(1.0, abs=1e-3)
    assert parity.max_difference > 0.1
    assert len(parity.faults("float32")) == 2  # the largest difference and the mean


def test_another_shape_is_an_error(conditional, reference):
    half = artefact(conditional.model, lambda covers: covers[:, ::2])

    with pytest.raises(ValueError, match="sample_audio returns"):
        reference.compare("sample_audio", half)


@pytest.mark.parametrize(
    ("kind", "largest", "mean"),
    [("float32", 1e-3, 1e-5), ("float16", 0.02, np.inf), ("int8", np.inf, 0.08)],
)
def test_the_limits_themselves_are_allowed_and_nan_is_not(kind, largest, mean):
    assert Parity("sample", largest, mean).faults(kind) == []
    beyond = (1.01 * largest, 0.0), (0.0, 1.01 * mean)
    finite = int(largest < np.inf) + int(mean < np.inf)
    assert sum(len(Parity("sample", *values).faults(kind)) for values in beyond) == finite
    assert len(Parity("sample", np.nan, np.nan).faults(kind)) == finite


def test_only_the_mean_is_limited_where_the_model_is_discontinuous():
    assert Parity("reconstruct", 0.5, 5e-5, discontinuous=True).faults("float32") == []
    assert len(Parity("reconstruct", 0.5, 2e-4, discontinuous=True).faults("float32")) == 1
