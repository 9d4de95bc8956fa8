"""docs/serving.md names what there is."""

import re
from pathlib import Path

from coverzoo.export.signatures import served
from coverzoo.serving import sampler as painting
from coverzoo.serving.cli import main

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")


def test_options_of_zoo_client_are_there():
    known = {option for parameter in main.params for option in parameter.opts}
    lines = re.findall(r"^zoo-client .*$", TEXT, re.M)
    told = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    paragraph = TEXT[TEXT.index("`--audio`, `--count`") : TEXT.index("From Python")]
    told |= set(re.findall(r"`(--[a-z-]+)`", paragraph))

    assert len(lines) == 3
    assert told <= known
    assert known - told == {"--model-version"}
    assert "zoo-client --model-version" in TEXT


def test_signatures_are_listed_exactly(network):
    tables = dict(re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \| `", TEXT, re.M))
    there = {
        name: ", ".join(f"`{key}`" for key in signature.inputs)
        for kind in (("gan", True), ("vae", True))
        for name, signature in served(network(*kind)).items()
    }

    assert tables == there


def test_the_batches_of_the_client_fit_the_batching_config():
    (largest,) = re.findall(r"^max_batch_size \{ value: (\d+) \}$", TEXT, re.M)

    assert int(largest) >= painting.ROWS
