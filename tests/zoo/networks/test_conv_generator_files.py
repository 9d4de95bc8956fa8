import keras
import numpy as np
import pytest

from coverzoo import zoo
from coverzoo.errors import UserError
from coverzoo.zoo.networks.conv_generator import ConvGenerator
from coverzoo.zoo.noise import normal

Z = normal(0, range(3), 5)


def test_a_saved_generator_generates_the_same_covers(
    make_generator, plain_config, audio, tmp_path, form
):
    generator = make_generator(**form)
    inputs = (Z, audio, np.full(3, 2.0)) if form["audio"] else (Z,)
    generator.save(tmp_path / "model.keras")

    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)

    assert plain_config(loaded) == plain_config(generator)
    np.testing.assert_array_equal(loaded(*inputs), generator(*inputs))


def test_from_config_makes_the_same_network(make_generator, plain_config, form):
    generator = make_generator(**form, name="cover")

    twin = ConvGenerator.from_config(generator.get_config())
    twin.build()

    assert plain_config(twin) == plain_config(generator)
    assert [weight.shape for weight in twin.weights] == [
        weight.shape for weight in generator.weights
    ]


def test_from_config_does_not_change_its_argument(make_generator):
    config = make_generator().get_config()

    first, second = ConvGenerator.from_config(config), ConvGenerator.from_config(config)

    assert first.get_config()["audio_encoder"] is not None
    assert second.get_config() == first.get_config()


def test_load_returns_the_model_of_a_run(make_generator, audio, tmp_path):
    generator = make_generator()
    generator.save(tmp_path / "model.keras")

    for path in (tmp_path, str(tmp_path), tmp_path / "model.keras"):
        loaded = zoo.load(path)
        assert loaded.latent_dim == 5
        np.testing.assert_array_equal(loaded.generate(Z, audio), generator.generate(Z, audio))


def test_load_names_the_model_file_that_is_missing(tmp_path):
    with pytest.raises(UserError, match=r"model\.keras: no such model. Give a run directory"):
        zoo.load(tmp_path)
