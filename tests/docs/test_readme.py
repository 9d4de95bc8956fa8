"""The README and the documentation: their Python runs, their links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MAX_WORDS = 600


def prose(text):
    """Text without code, tables and indented blocks."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    return [line for line in text.splitlines() if not line.startswith(("|", "    "))]


VENV_PATH = r"venv(?:-test)?/bin/(?!activate)"


def test_the_readme_is_short():
    assert sum(len(line.split()) for line in prose(README)) <= MAX_WORDS


def test_venv_paths_stand_in_the_two_set_up_blocks_only():
    blocks = re.findall(r"<!-- (run|test):begin -->(.*?)<!-- \1:end -->", README, re.S)

    assert sorted(name for name, _ in blocks) == ["run", "test"]
    inside = sum(len(re.findall(VENV_PATH, text)) for _, text in blocks)
    assert len(re.findall(VENV_PATH, README)) == inside


def test_the_python_lines_of_the_readme_run(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    monkeypatch.chdir(tmp_path)
    names = {}

    exec(code, names)

    assert names["covers"].shape == (4, 128, 128, 3)
    assert names["model"].latent_dim == 16
    assert (tmp_path / "exported" / "saved_model" / "1" / "saved_model.pb").is_file()
    assert names["manifest"]["name"] == "wgan-gp-audio"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve()
        assert path.exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for path in (ROOT / "docs").rglob("*.md")
    }

    assert {page for page in pages - {"index"} if f"\n{page}\n" not in index} == set()
