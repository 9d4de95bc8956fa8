"""The conclusion says what the figures say, in words."""

import copy

import pytest

from coverzoo.evaluation.report.conclusion import conclusion

METRICS = {
    "adherence": {
        **{"pool": 100, "recall_at_1": 0.6, "chance": 0.01, "p_value": 0.001},
        **{"real": {"recall_at_1": 0.77}, "shuffled": {"recall_at_1": 0.004}},
        "genre": {"generated": 0.8, "real": 0.98, "shuffled": 0.09, "chance": 0.1},
    },
    "diversity": {"features": {"value": 0.5}},
    "quality": {
        "kid": {"value": 0.015, "standard_error": 0.009},
        "two_sample": {"8": {"auc": 0.54, "size": 8}, "64": {"auc": 0.73, "size": 64}},
    },
}


@pytest.fixture
def changed():
    """The sentences for changed sections."""

    def changed(**sections):
        metrics = copy.deepcopy(METRICS)
        for name, changes in sections.items():
            metrics[name] |= changes
        return conclusion(metrics)

    return changed


def test_it_has_three_sentences_with_their_ceilings_and_controls(changed):
    adherence, diversity, quality = changed()

    assert adherence == (
        "Covers follow the audio: of 100 tracks its own is the most similar to 60% of the covers "
        "(real covers 77%, audio shuffled 0.4%, chance 1%; p = 0.001); 80% show its genre (real "
        "covers 98%, audio shuffled 9%, chance 10%)."
    )
    assert diversity.startswith("The noise has an effect: covers of one track differ 0.50 times")
    assert "an AUC of 0.54 at 8 px and 0.73 at 64 px" in quality
    assert quality.endswith("the KID is 0.015 ± 0.009.")


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"adherence": {"p_value": 0.2}}, "There is no evidence that covers follow the audio"),
        (
            {"adherence": {"not_measurable": "needs two tracks or more, found 1"}},
            "Whether covers follow the audio cannot be measured: needs two tracks or more",
        ),
        ({"diversity": {"features": {"value": 0.02}}}, "The noise has hardly any effect: covers"),
        ({"diversity": {"features": {"value": 1.3}}}, "Covers vary more than the data: covers"),
        (
            {"diversity": {"drawn": {"value": 0.4}}},
            "Covers vary more than the data: covers of one track differ 0.50 times as much as real "
            "ones of its genre (those drawn for equal facts 0.40 times).",
        ),
        ({"quality": {"not_measurable": "needs 8 covers"}}, "Quality cannot be measured: needs 8"),
    ],
)
def test_it_says_what_fails(changed, sections, sentence):
    assert any(each.startswith(sentence) for each in changed(**sections))


def test_one_side_is_named_once(changed):
    sides = {"two_sample": {"8": {"auc": 0.5, "size": 8}}}

    assert "an AUC of 0.50 at 8 px (0.5 if" in changed(quality=sides)[-1]


def test_an_autoencoder_has_its_reconstructions():
    found = {"reconstruction": {"covers": 6, "psnr": 22.44, "ssim": 0.661}}

    assert conclusion(found) == [
        "Reconstructions of 6 covers have a PSNR of 22.4 dB and an SSIM of 0.66."
    ]
