"""`DualEncoder` on the few pairs of a small corpus."""

import numpy as np
import pytest

from coverzoo.corpus.batches import ordered_batches
from coverzoo.corpus.layout import read_split
from coverzoo.corpus.vectors import load_vectors
from coverzoo.evaluation.metrics.retrieval import retrieval
from coverzoo.evaluation.networks.dual_encoder import DualEncoder


@pytest.fixture(scope="module")
def samples(pairs):
    return {split: read_split(pairs, split, audio=True).samples for split in ("train", "val")}


@pytest.fixture(scope="module")
def encoder(samples):
    return DualEncoder(32, 1160).train(samples["train"], (), steps=60)


def embedded(encoder, samples):
    (batch,) = ordered_batches(samples, (), image_size=32, batch_size=len(samples), audio=True)
    vectors = load_vectors(samples).astype(np.float32)
    return encoder.embed_covers(batch["image"]), encoder.embed_audio(vectors)


def test_covers_of_train_find_their_audio(encoder, samples):
    covers, audio = embedded(encoder, samples["train"])

    found = retrieval(covers @ audio.T, np.arange(len(covers)))

    assert found.recall_at_1 > 0.5, f"chance is {found.chance:.3f}"
    assert found.p_value == 0.001
    np.testing.assert_allclose(np.linalg.norm(covers, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(audio, axis=1), 1.0, atol=1e-5)


def test_equal_arguments_train_equal_weights(samples):
    one, other = (DualEncoder(32, 1160, seed=3).train(samples["train"], (), 3) for _ in range(2))

    for first, second in zip(
        *(embedded(each, samples["val"]) for each in (one, other)), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def test_the_weights_with_the_lowest_loss_on_val_stay(samples, monkeypatch):
    losses = []
    measure = DualEncoder.loss

    def loss(self, given):
        losses.append(measure(self, given))
        return losses[-1]

    monkeypatch.setattr(DualEncoder, "loss", loss)

    trained = DualEncoder(32, 1160).train(samples["train"], samples["val"], 20)

    assert len(losses) == 10
    assert measure(trained, samples["val"]) == pytest.approx(min(losses), rel=1e-5)
