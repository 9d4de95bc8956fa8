"""Prose and names use the field's terms: words that were given up do not come back."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".py", ".md", ".js", ".cjs", ".html", ".css", ".cfg", ".toml", ".ini", ".cff", ".rst"}
HERE = Path(__file__).relative_to(ROOT).as_posix()

# What a model, a metric or a message does not do.
METAPHORS = re.compile(
    r"\b(?:re)?paint(?:s|ed|er|ers|ing|ings)?\b|\bhear(?:s|d|ing)?\b|\bdeaf\b|\blisten(?:s|ed|ing|er)?\b"
    r"|\bjudg(?:e|es|ed|ing)\b|\bverdicts?\b|\btell(?:s|ing)?\b|\btold\b"
    r"|\bg(?:ive|ives|ave|iven|iving) (?:\w+ )?back\b|\blook(?:s|ed|ing)?\b|\bgames?\b",
    re.IGNORECASE,
)
# Settings, options, metric keys and classes by their former names, as identifiers or keys.
FORMER_NAMES = re.compile(
    r"\b(?:generator_rate|critic_rate|penalty_kind|variety_weight|critic_bare|critic_linear"
    r"|generator_refine|generator_widths|critic_widths|code_width|condition_dim"
    r"|condition_hidden|condition_norm|condition_latent|activate_seed|warm_up|divergence_loss"
    r"|generator_norm|one-centred|zero-centred|no-judge|Fitting|Keeper|Records|Judging|Draws"
    r"|Verdict|GenreJudge|GAMES|ManyValued|HoldThenFall|CoverGenerator|Painter|Fidelity"
    r"|strangers|parts_per_step|paint_from|check_hearing|falling|variety|fidelity)\b"
    r"|[\"'`](?:initial|mismatch|penalty|divergence|ema|label|rate|decay|gap)[\"'`](?=\s*[:=])"
    r"|--(?:judge|images|names)\b|--set (?:ema|penalty|mismatch|variety|label|rate|decay|initial)="
    r"|\bvalidation_loss\b"
)
# What may stay, by file and word, with the reason.
EXCEPTIONS = {
    ("CHANGELOG.md", "*"): "names what was renamed",
    ("tests/browser/drive.cjs", "listen"): "the function of Node's HTTP server",
    ("export/web.py", '"label"'): "what a visitor reads of a track; not the setting",
}


def texts():
    """Every tracked text file with its lines."""
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if listed.returncode:
        pytest.skip("needs a git checkout: the tracked files are searched")
    names = listed.stdout.split("\n")
    for name in sorted(filter(None, names)):
        path = ROOT / name
        if path.suffix in SUFFIXES and path.is_file() and name != HERE:
            yield name, path.read_text(encoding="utf-8").splitlines()


def found(pattern):
    """`file:line: word` of every match that no exception covers."""
    return [
        f"{name}:{number}: {match[0]}"
        for name, lines in texts()
        for number, line in enumerate(lines, 1)
        for match in pattern.finditer(line)
        if not {(name, match[0].lower()), (name, "*")} & EXCEPTIONS.keys()
    ]


@pytest.mark.parametrize("pattern", [METAPHORS, FORMER_NAMES], ids=["metaphors", "former-names"])
def test_words_that_were_given_up_do_not_come_back(pattern):
    assert found(pattern) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a model that paints covers it never heard", ["paints", "heard"]),
        ("covers are given back", ["given back"]),
        ("the paintwork of a hearth, a lookup", []),
        ("looked at the judge of the games", ["looked", "judge", "games"]),
    ],
)
def test_the_pattern_itself(line, words):
    assert METAPHORS.findall(line) == words
