"""What `Reference.compare` and `Parity.faults` make of artefacts that are wrong in known ways."""

import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.export.examples import drawn, examples
from coverzoo.export.parity import Parity, Reference


@pytest.fixture(scope="module")
def heard(source):
    return source("gan", True)


@pytest.fixture(scope="module")
def reference(heard):
    return Reference(heard.model, heard.examples)


def artefact(model, change=lambda covers: covers, audio=lambda audio: audio):
    def run(name, inputs):
        covers = model.generate(inputs["z"], audio(inputs["audio"]), inputs["strength"])
        return {"image": change(np.asarray(covers))}

    return run


def test_the_model_itself_does_not_differ_and_hears_all(heard, reference):
    parity = reference.compare("sample_audio", artefact(heard.model), rows=16)

    assert parity.largest < 1e-5
    assert parity.spread == pytest.approx(1.0, abs=1e-4)
    assert parity.faults("float32") == []


def test_differences_are_the_largest_the_mean_and_the_psnr(heard, reference):
    def off(covers):
        covers = covers.copy()
        covers[:, :, :, 0] += 0.3
        return covers

    parity = reference.compare("sample_audio", artefact(heard.model, off))

    assert parity.largest == pytest.approx(0.3, abs=1e-5)
    assert parity.mean == pytest.approx(0.1, abs=1e-5)
    assert parity.psnr == pytest.approx(10 * np.log10(4 / 0.03), abs=1e-3)
    assert parity.spread == pytest.approx(1.0, abs=1e-4)
    assert parity.faults("float32") == ["sample_audio: largest difference 0.3, allowed 0.0001"]
    assert parity.faults("int8") == ["sample_audio: mean difference 0.1, allowed 0.08"]


def test_an_artefact_that_lost_the_music_is_caught_by_its_spread(heard, reference):
    deaf = artefact(heard.model, audio=lambda audio: np.repeat(audio[:1], len(audio), axis=0))

    parity = reference.compare("sample_audio", deaf)

    assert parity.spread == pytest.approx(0.0, abs=1e-4)
    assert parity.faults("int8")[-1] == (
        "sample_audio: the music changes 0.00 of what it should, needed 0.9"
    )


def test_an_artefact_that_ignores_the_strength_is_caught():
    model = zoo.load("demo")  # one that hears
    with drawn() as root:
        seen = examples(model, root)

    def stubborn(name, inputs):
        return {"image": np.asarray(model.generate(inputs["z"], inputs["audio"]))}

    parity = Reference(model, seen).compare("sample_audio", stubborn)

    assert parity.spread == pytest.approx(1.0, abs=1e-3)
    assert parity.largest > 0.1
    assert len(parity.faults("float32")) == 1


def test_another_shape_is_no_difference_but_an_error(heard, reference):
    half = artefact(heard.model, lambda covers: covers[:, ::2])

    with pytest.raises(ValueError, match="sample_audio gives"):
        reference.compare("sample_audio", half)


@pytest.mark.parametrize(("kind", "limit"), [("float32", 1e-4), ("float16", 0.02), ("int8", 0.08)])
def test_a_limit_is_allowed_and_what_is_no_number_is_not(kind, limit):
    assert Parity("sample", limit, limit).faults(kind) == []
    assert len(Parity("sample", 1.01 * limit, 1.01 * limit).faults(kind)) == 1
    assert len(Parity("sample", np.nan, np.nan).faults(kind)) == 1


def test_where_the_last_bit_decides_the_mean_is_held_to_the_limit():
    assert Parity("reconstruct", 0.5, 5e-5, jumps=True).faults("float32") == []
    assert len(Parity("reconstruct", 0.5, 2e-4, jumps=True).faults("float32")) == 1
