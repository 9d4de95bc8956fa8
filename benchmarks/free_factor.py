"""Diversity of models given the audio, on a corpus where one factor of a cover is left to chance.

Writes the corpus of free_factor_corpus.py to OUT/corpus, runs `zoo-train` on it for each model and
seed, and measures the finished runs on test. The audio determines the genre and the size of a
shape, not its place (x, y). Prints one JSON object. The runs are kept in OUT, and a finished run is
not trained again.

    python benchmarks/free_factor.py --out RUNS [--model wgan-gp …] [--seed N …] [--minutes 5]

For each run:

- `genre_accuracy`: as of `zoo-train`, by a classifier on covers;
- `size_rank_correlation`: of the audio's size with that read from the cover by a regressor that was
  trained on train covers, and the same for real covers;
- `spread`: of what the regressor reads from 16 covers of one track, see
  `coverzoo.evaluation.networks.cover_factors.spreads`; for real covers, of 16 that are drawn for
  the facts of the track. `spread_ratio` is generated over real: 1 as diverse as the data, 0 one
  cover per track;
- `redrawn_difference`: mean absolute difference, values in [0, 1], of a cover and the one drawn for
  what was read from it. Where it is far above that of real covers, the covers are none of this
  corpus, and what is read from them says little.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from free_factor_corpus import Facts, draw, read_facts, redrawn, write
from time_to_adherence import TRAIN, complete_records

from coverzoo.command import Command
from coverzoo.errors import UserError

MODELS = ("wgan-gp", "gan", "lsgan")
FACTORS = ("size", "x", "y")
FREE = ("x", "y")  # those that the audio leaves open
TRACKS, NOISES = 48, 16  # of the spread
SIZE_SEED, SPREAD_SEED = 4, 5  # of the noise; not those of the evaluations of zoo-train
EPOCHS = 40  # of the regressor: half a minute for 3,000 covers of 32 pixels


@click.command(cls=Command)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of corpus and runs."
)
@click.option(
    "--model",
    "models",
    multiple=True,
    default=MODELS[:1],
    show_default=True,
    type=click.Choice(MODELS),
    help="Model; repeatable.",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    default=(0,),
    show_default=True,
    type=click.IntRange(min=0),
    help="Seed of the runs; repeatable.",
)
@click.option("--minutes", type=float, help="Minutes of training per run.  [default: 5]")
@click.option("--steps", type=click.IntRange(min=1), help="Or: training steps per run.")
@click.option("--side", default=32, show_default=True, help="Side of the covers in pixels.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Setting, as of zoo-train; repeatable.",
)
def main(
    out: Path,
    models: Sequence[str],
    seeds: Sequence[int],
    minutes: float | None,
    steps: int | None,
    side: int,
    assignments: Sequence[str],
) -> None:
    """Measure the diversity of models in a factor that the audio leaves open."""
    if minutes is not None and steps is not None:
        raise UserError("--minutes and --steps: give one of them")
    total = ["--steps", str(steps)] if steps else ["--minutes", str(minutes or 5.0)]
    corpus = out / "corpus"
    write(corpus, side=side)
    options = ["--audio", "--preset", "small", "--data", str(corpus), "--no-evaluate", *total]
    for assignment in (f"image_size={side}", *assignments):
        options += ["--set", assignment]
    runs = {
        (model, seed): trained(
            out / f"{model}-{seed}", ["--model", model, "--seed", str(seed), *options]
        )
        for seed in seeds
        for model in models
    }
    print(json.dumps(_report(corpus, side, runs), indent=2))


def trained(run: Path, options: Sequence[str]) -> Path:
    """Train a run, or what is missing of it, and return it.

    Args:
        run: Run directory.
        options: Options of `zoo-train`, other than --out.

    Raises:
        UserError: If the training fails.
    """
    resume = ["--resume"] if (run / "config.json").is_file() else []
    if subprocess.run([*TRAIN, *options, *resume, "--out", str(run)], stdout=sys.stderr).returncode:
        raise UserError(f"{run}: the training failed; see its message above")
    return run


def _report(corpus: Path, side: int, runs: Mapping[tuple[str, int], Path]) -> dict[str, Any]:
    """Return the results of runs by model and seed."""
    from coverzoo import backend

    backend.start()
    from coverzoo.corpus.layout import read_split
    from coverzoo.training.run import Run

    train, test = (read_split(corpus, split, audio=True) for split in ("train", "test"))
    measure = Measurement(train, test, read_facts(corpus), side)
    results = []
    for (name, seed), run in runs.items():
        last = complete_records(run / "metrics.jsonl")[-1]
        entry = {"model": name, "seed": seed, "steps": last["step"]}
        entry["minutes"] = round(last["seconds"] / 60.0, 1)
        results.append(entry | measure(Run(run).model()))
    return {"train": len(train.samples), "test": len(test.samples), "side": side, "runs": results}


class Measurement:
    """What is measured of a model, with the classifier and the regressor that it needs.

    Args:
        train: Train split of the corpus, whose covers the two are trained on.
        test: Test split of the corpus.
        facts: Facts of the corpus by NAME.
        side: Side of the covers in pixels.
        steps: Training steps of the classifier, by default its own number.
        epochs: Epochs of the regressor.
    """

    def __init__(
        self,
        train: Any,
        test: Any,
        facts: Mapping[str, Facts],
        side: int,
        steps: int | None = None,
        epochs: int = EPOCHS,
    ) -> None:
        from coverzoo.corpus.vectors import load_vectors
        from coverzoo.evaluation.networks.cover_factors import FactorRegressor, spreads
        from coverzoo.evaluation.networks.genre_accuracy import GenreClassifier

        self.samples, self.side = test.samples, side
        self.facts = [facts[sample.name] for sample in test.samples]
        self.vectors = load_vectors(test.samples).astype(np.float32)
        self.classifier = GenreClassifier(train.genres, side).train(train.samples, steps)
        table = _table([facts[sample.name] for sample in train.samples])
        self.regressor = FactorRegressor().fit(self._covers(train), table, epochs=epochs)
        # The genres are in order: tracks at equal distances are of all of them.
        count = min(TRACKS, len(self.samples))
        self.tracks = np.linspace(0, len(self.samples) - 1, count).round().astype(int)
        allowed = redrawn([self.facts[place] for place in self.tracks], NOISES, side)
        self.real_spread = spreads(self._read(allowed.reshape(-1, side, side, 3)))
        self.real = self._of_one_cover(self._covers(test))

    def __call__(self, model: Any) -> dict[str, Any]:
        """The results of a model conditioned on audio, see the head of this file."""
        from coverzoo.evaluation.networks.cover_factors import spreads
        from coverzoo.sampling.sampler import generate_in_batches
        from coverzoo.zoo import noise

        def generated(seed: int, vectors: np.ndarray) -> np.ndarray:
            # No noise is used twice: 16 in all would leave an error of 18 % in a spread.
            codes = noise.normal(seed, range(len(vectors)), model.latent_dim)
            return generate_in_batches(model, codes, vectors, 1.0)

        covers = generated(SIZE_SEED, self.vectors)
        several = generated(SPREAD_SEED, np.repeat(self.vectors[self.tracks], NOISES, axis=0))
        spread = spreads(self._read(several))
        result: dict[str, Any] = {
            "genre_accuracy": self.classifier.genre_accuracy(model, self.samples).to_json()
        }
        for key, value in self._of_one_cover(covers).items():
            result[key] = {"generated": value, "real": self.real[key]}
        result["spread"] = {
            kind: dict(zip(FACTORS, values.round(4).tolist(), strict=True))
            for kind, values in (("generated", spread), ("real", self.real_spread))
        }
        ratio = dict(zip(FACTORS, (spread / self.real_spread).round(4).tolist(), strict=True))
        result["spread_ratio"] = {name: ratio[name] for name in FREE}
        return result

    def _of_one_cover(self, covers: np.ndarray) -> dict[str, float]:
        """Results of one cover for each test track."""
        from coverzoo.evaluation.networks.cover_factors import rank_correlation

        found, truth = self.regressor.predict(covers), _table(self.facts)
        drawn = [
            draw(item.genre, *row, self.side) for item, row in zip(self.facts, found, strict=True)
        ]
        difference = np.mean(np.abs(covers - (np.array(drawn) / 127.5 - 1.0))) / 2.0
        size = rank_correlation(truth[:, :1], found[:, :1])[0]
        return {
            "size_rank_correlation": round(float(size), 4),
            "redrawn_difference": round(float(difference), 4),
        }

    def _read(self, covers: np.ndarray) -> np.ndarray:
        """Factors of `NOISES` covers of each track in turn, (T, NOISES, 3)."""
        return self.regressor.predict(covers).reshape(-1, NOISES, len(FACTORS))

    def _covers(self, listing: Any) -> np.ndarray:
        """Covers of a split, float32 (N, S, S, 3) in [-1, 1]."""
        from coverzoo.corpus.batches import ordered_batches

        batches = ordered_batches(
            listing.samples, (), image_size=self.side, batch_size=64, audio=False
        )
        return np.concatenate([batch["image"].numpy() for batch in batches])


def _table(facts: Sequence[Facts]) -> np.ndarray:
    """The factors of facts in the order of `FACTORS`, (N, 3)."""
    return np.array([[getattr(item, name) for name in FACTORS] for item in facts])


if __name__ == "__main__":
    main()
