"""How much the statistical model of audio vectors is like real music that it was not fitted on.

CLIPS and `--cache` are those of fit_audio_model.py; `--document` adds documents of AcousticBrainz.
Whole recordings are left out of the fit in five folds. Prints one JSON object:

- `factor`, `rest`: percentiles of left-out vectors' distances among draws, median and the share
  within 0.5 to 99.5; of the documents each.
- `auc`: the two-sample AUC on the 580 values, fitted on one half of the recordings and compared
  with the other; beside it a model of independent values, and one half against the other.
- `looseness`: how much looser strongly correlated scores are.
- `genre`: share of left-out recordings whose genre a linear classifier names, by vote of its
  windows: fitted on draws alone, and on the other recordings; and its accuracy on draws.

    python benchmarks/audio_realism.py CLIPS --cache CACHE --document DOCUMENT.json
"""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from fit_audio_model import Measured, measured

from coverzoo.command import Command
from coverzoo.corpus.audio_model import model as audio_model
from coverzoo.corpus.audio_model.fit import fit
from coverzoo.corpus.documents import load_document
from coverzoo.evaluation.metrics import realism

FOLDS = 5
DRAWS = 1000
TRACK_SECONDS = 220.0  # assumed of a document, which does not state its length in its values


@click.command(cls=Command)
@click.argument("clips", type=click.Path(path_type=Path))
@click.option("--cache", required=True, type=click.Path(path_type=Path), help="Folder of vectors.")
@click.option(
    "--document", "documents", multiple=True, type=click.Path(path_type=Path), help="A document."
)
@click.option("--seed", default=0, show_default=True, help="Seed of folds, halves and draws.")
def main(clips: Path, cache: Path, documents: tuple[Path, ...], seed: int) -> None:
    """Compare draws of the model with recordings that it was not fitted on."""
    found = measured(clips, cache)
    result = {
        "recordings": len(np.unique(found.recordings)),
        "vectors": len(found.vectors),
        **distances(found, seed),
        "documents": [document_percentiles(path, seed) for path in documents],
        "auc": aucs(found, seed),
        "looseness": looseness(found, seed),
        "genre": genres(found, seed),
    }
    click.echo(json.dumps(result, indent=2))


def folds(found: Measured, seed: int) -> list[np.ndarray]:
    """For each fold, whether a vector is left out; a recording is in one fold with its genre's."""
    fold = np.empty(len(found.vectors), int)
    rng = np.random.default_rng(seed)
    for genre in np.unique(found.genres):
        names = rng.permutation(np.unique(found.recordings[found.genres == genre]))
        for place, name in enumerate(names):
            fold[found.recordings == name] = place % FOLDS
    return [fold == number for number in range(FOLDS)]


def chosen(found: Measured, rows: np.ndarray) -> Measured:
    """Some of the vectors."""
    return Measured(*(part[rows] for part in found))


def draws(
    model: audio_model.AudioModel, count: int, seconds: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of tracks, their lengths, as those of the recordings are, and their genres' rows."""
    rows = np.arange(count) % len(model.genres)
    scores = [model.drawn_scores(int(row), rng.standard_normal(model.factors), rng) for row in rows]
    lengths = rng.choice(seconds, count)
    return model.vectors(np.stack(scores), lengths).astype(np.float64), lengths, rows


def distances(found: Measured, seed: int) -> dict[str, Any]:
    """Percentiles of left-out vectors."""
    parts: dict[str, list[np.ndarray]] = {"factor": [], "rest": []}
    rng = np.random.default_rng(seed)
    for left_out in folds(found, seed):
        model = fit(*chosen(found, ~left_out))
        own = chosen(found, left_out)
        vectors, lengths, _ = draws(model, DRAWS, found.seconds, rng)
        for part, drawn, real in zip(
            parts.values(),
            model.distances(vectors, lengths),
            model.distances(own.vectors, own.seconds),
            strict=True,
        ):
            part.append(realism.percentiles(drawn, real))
    return {name: _summary(np.concatenate(part)) for name, part in parts.items()}


def _summary(percentiles: np.ndarray) -> dict[str, float]:
    inside = (percentiles > 0.5) & (percentiles < 99.5)
    return {"median": float(np.median(percentiles)), "inside": float(np.mean(inside))}


def document_percentiles(path: Path, seed: int) -> dict[str, Any]:
    """Percentiles of a document under the bundled model."""
    model = audio_model.load()
    seconds = np.array([TRACK_SECONDS])
    vectors, lengths, _ = draws(model, DRAWS, seconds, np.random.default_rng(seed))
    drawn = model.distances(vectors, lengths)
    own = model.distances(load_document(path)[None].astype(np.float64), seconds)
    factor, rest = (float(realism.percentiles(*pair)[0]) for pair in zip(drawn, own, strict=True))
    return {"file": path.name, "factor": factor, "rest": rest}


def aucs(found: Measured, seed: int) -> dict[str, float]:
    """Two-sample AUCs, means over two halvings in both directions."""
    results: dict[str, list[float]] = {"model": [], "independent": [], "real": []}
    for halving in range(2):
        rng = np.random.default_rng(seed + halving)
        half = np.zeros(len(found.vectors), bool)
        for genre in np.unique(found.genres):
            names = rng.permutation(np.unique(found.recordings[found.genres == genre]))
            half |= np.isin(found.recordings, names[: len(names) // 2])
        for side in (half, ~half):
            model, other = fit(*chosen(found, side)), chosen(found, ~side)
            count = len(other.vectors)
            vectors, _, _ = draws(model, max(count, DRAWS), other.seconds, rng)
            independent = realism.independent_values(vectors, seed)
            for name, drawn in (
                ("model", rng.permutation(vectors)[:count]),
                ("independent", independent[:count]),
                ("real", chosen(found, side).vectors),
            ):
                auc = realism.two_sample_auc(other.vectors, other.recordings, drawn, seed)
                results[name].append(auc)
    return {name: round(float(np.mean(found)), 3) for name, found in results.items()}


def looseness(found: Measured, seed: int) -> float:
    """How much looser strongly correlated scores are in draws of a model of all recordings."""
    model = fit(*found)
    vectors, lengths, _ = draws(model, 2 * DRAWS, found.seconds, np.random.default_rng(seed))
    return realism.strong_correlation_gap(
        model.scores(found.vectors, found.seconds), model.scores(vectors, lengths)
    )


def genres(found: Measured, seed: int) -> dict[str, float]:
    """Linear genre accuracy of left-out recordings, and of draws."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def classifier() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))

    right: dict[str, list[float]] = {"from_draws": [], "from_recordings": [], "of_draws": []}
    rng = np.random.default_rng(seed)
    for left_out in folds(found, seed):
        known, own = chosen(found, ~left_out), chosen(found, left_out)
        model = fit(*known)
        vectors, lengths, rows = draws(model, 3 * DRAWS, found.seconds, rng)
        names = np.array(model.genres)[rows]
        on_draws = classifier().fit(model.scores(vectors, lengths), names)
        on_recordings = classifier().fit(model.scores(known.vectors, known.seconds), known.genres)
        right["from_draws"] += _votes(on_draws, model, own)
        right["from_recordings"] += _votes(on_recordings, model, own)
        others, other_lengths, other_rows = draws(model, DRAWS, found.seconds, rng)
        predicted = on_draws.predict(model.scores(others, other_lengths))
        right["of_draws"] += list(predicted == np.array(model.genres)[other_rows])
    return {name: round(float(np.mean(votes)), 3) for name, votes in right.items()}


def _votes(classifier: Any, model: audio_model.AudioModel, own: Measured) -> list[float]:
    """Whether the sum of the windows' probabilities is largest for the genre, by recording."""
    probability = classifier.predict_proba(model.scores(own.vectors, own.seconds))
    result = []
    for name in np.unique(own.recordings):
        rows = own.recordings == name
        best = classifier.classes_[np.argmax(probability[rows].sum(axis=0))]
        result.append(float(best == own.genres[rows][0]))
    return result


if __name__ == "__main__":
    main()
