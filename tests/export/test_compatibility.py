"""A new version of a SavedModel must accept the requests of the highest version that is there."""

import shutil

import pytest

from coverzoo.errors import UserError
from coverzoo.export import saved_model
from coverzoo.export.cli import main as zoo_export
from coverzoo.export.compatibility import check_signatures
from coverzoo.export.exporter import write_artefacts
from coverzoo.export.signatures import served_signatures


@pytest.fixture(scope="module")
def versions(source, tmp_path_factory):
    """A folder with version 1 of a GAN conditioned on audio, without the latest signatures."""
    model = source("gan", True).model
    signatures = {
        name: each for name, each in served_signatures(model).items() if not name.endswith("_png")
    }
    folder = tmp_path_factory.mktemp("served") / "saved_model"
    folder.mkdir()
    saved_model.write(model, signatures, folder / "1")
    return folder


def check(source, folder):
    check_signatures(served_signatures(source.model), source.model.image_size, folder)


def test_equal_inputs_and_further_signatures_are_accepted(source, versions, tmp_path):
    check(source("gan", True), versions)
    check(source("gan"), tmp_path / "nothing")


def test_folders_without_a_savedmodel_are_not_compared(source, versions, tmp_path):
    folder = shutil.copytree(versions, tmp_path / "saved_model")
    (folder / "9").mkdir()

    check(source("gan", True), folder)
    with pytest.raises(UserError, match="saved_model/1 has an image size of 32"):
        check(source("gan", True, image_size=64), folder)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"image_size": 64}, "has an image size of 32, this model 64"),
        (
            {"latent_dim": 6},
            "has the signature sample with inputs z float32 (-1, 5), this model with "
            "z float32 (-1, 6)",
        ),
        ({"condition_dropout": 0.0}, "has the signature sample, which this model lacks"),
    ],
)
def test_another_image_size_or_other_inputs_are_refused(source, versions, changes, difference):
    with pytest.raises(UserError) as refusal:
        check(source("gan", True, **changes), versions)

    assert str(refusal.value) == (
        f"--out: {versions / '1'} {difference}, and its clients would fail. Use the same "
        "settings, give another folder, or allow it with --allow-signature-change."
    )


def test_a_refused_change_publishes_nothing_and_an_allowed_one_is_compared_next(
    source, versions, tmp_path
):
    changed, out = source("gan", True, latent_dim=6), tmp_path / "out"
    shutil.copytree(versions, out / "saved_model")

    with pytest.raises(UserError, match="--allow-signature-change"):
        write_artefacts(changed, out, ("saved_model", "tflite"))
    assert {path.name for path in out.iterdir()} <= {"saved_model", ".lock"}
    assert [path.name for path in (out / "saved_model").iterdir()] == ["1"]

    write_artefacts(changed, out, ("saved_model",), allow_signature_change=True)
    assert (out / "saved_model" / "2" / "saved_model.pb").is_file()
    check(changed, out / "saved_model")
    with pytest.raises(UserError, match="saved_model/2 has the signature"):
        check(source("gan", True), out / "saved_model")


def test_the_command_has_an_option_for_it(call, source, versions, tmp_path):
    changed, out = source("gan", latent_dim=6), tmp_path / "out"
    shutil.copytree(versions, out / "saved_model")
    options = (changed.run.path, "--out", out, "--format", "saved-model")

    refused = call(zoo_export, *options)
    allowed = call(zoo_export, *options, "--allow-signature-change")

    assert (refused.exit_code, allowed.exit_code) == (1, 0), allowed.output
    assert "allow it with --allow-signature-change" in refused.stderr
    assert sorted(path.name for path in (out / "saved_model").iterdir()) == ["1", "2"]


def test_a_version_that_cannot_be_read_is_named(source, tmp_path):
    broken = tmp_path / "saved_model" / "4"
    broken.mkdir(parents=True)
    (broken / "saved_model.pb").write_bytes(b"\xff\xffdamaged")

    with pytest.raises(UserError, match=r"4: cannot be read to compare signatures .* Remove it"):
        check(source("gan"), tmp_path / "saved_model")
