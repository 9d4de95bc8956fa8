"""The documentation lists the options of zoo-client and the signatures that exist."""

import re
import runpy
from pathlib import Path

from coverzoo.export.signatures import served_signatures
from coverzoo.serving.cli import main
from coverzoo.serving.sampler import MAX_REQUEST_ROWS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "howto" / "serving.md").read_text(encoding="utf-8")
SIGNATURES = runpy.run_path(str(DOCS / "generate_reference.py"))["signatures_page"]()


def test_the_options_of_zoo_client_are_documented():
    known = {option for parameter in main.params for option in parameter.opts}
    lines = re.findall(r"^zoo-client .*$", TEXT, re.M)
    documented = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    paragraph = TEXT[TEXT.index("`--audio`, `--count`") : TEXT.index("From Python")]
    documented |= set(re.findall(r"`(--[a-z-]+)`", paragraph))

    assert len(lines) == 3
    assert documented <= known
    assert known - documented == {"--model-version", "--debug"}
    assert "zoo-client --model-version" in TEXT


def test_the_table_of_signatures_is_complete(network):
    tables = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ((?:`\w+`(?:, )?)+) \| `", SIGNATURES, re.M))
    offered = {
        name: ", ".join(f"`{key}`" for key in signature.inputs)
        for kind in (("gan", True), ("vae", True))
        for name, signature in served_signatures(network(*kind)).items()
    }

    assert tables == offered


def test_the_requests_of_the_client_fit_the_batching_config():
    (largest,) = re.findall(r"^max_batch_size \{ value: (\d+) \}$", TEXT, re.M)

    assert int(largest) >= MAX_REQUEST_ROWS
