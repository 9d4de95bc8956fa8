import keras
import numpy as np
import pytest

from coverzoo import UserError, zoo


@pytest.mark.parametrize("name", ["", "model.keras"])
def test_a_missing_model_is_a_user_error_that_names_the_file_and_the_remedy(tmp_path, name):
    with pytest.raises(UserError, match=r"model\.keras: no such model\. Give a run directory"):
        zoo.load(tmp_path / name)


@pytest.mark.parametrize("damage", ["cut", "changed", "text"])
def test_a_damaged_model_is_a_user_error_that_names_the_file(make_generator, tmp_path, damage):
    path = tmp_path / "model.keras"
    make_generator().save(path)
    content = bytearray(path.read_bytes())
    if damage == "changed":
        content[200:5000] = bytes(4800)
    path.write_bytes({"cut": content[:-100], "changed": content, "text": b"text"}[damage])

    with pytest.raises(UserError, match=r"model\.keras: cannot be read: \S"):
        zoo.load(tmp_path)


def test_an_unknown_class_is_a_user_error(tmp_path):
    @keras.saving.register_keras_serializable("elsewhere")
    class Unknown(keras.layers.Layer):
        pass

    keras.Sequential([keras.Input((1,)), Unknown()]).save(tmp_path / "model.keras")
    keras.saving.get_custom_objects().pop("elsewhere>Unknown")

    with pytest.raises(UserError, match=r"model\.keras: cannot be read: .*not be deserialized"):
        zoo.load(tmp_path)


def test_the_name_demo_is_the_bundled_run_unless_there_is_such_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (zoo.run_path("demo") / "config.json").is_file()
    assert zoo.run_path("other") == zoo.run_path(tmp_path / "other").relative_to(tmp_path)

    (tmp_path / "demo").mkdir()

    assert not zoo.run_path("demo").is_absolute()


def test_a_model_can_be_loaded_by_its_run_or_its_file(make_generator, tmp_path):
    generator, z = make_generator(audio=False), np.ones((2, 5), np.float32)
    generator.save(tmp_path / "model.keras")

    for run in (tmp_path, str(tmp_path), tmp_path / "model.keras"):
        np.testing.assert_array_equal(zoo.load(run).generate(z), generator.generate(z))
