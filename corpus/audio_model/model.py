"""The statistical model: genre means, shared factors and a heavy-tailed rest, in normal scores."""

import functools
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path

import numpy as np

from coverzoo.corpus.audio_model import marginals, relations

FILE = "parameters.npz"
REFERENCE_SECONDS = 15.0


@dataclass(frozen=True)
class AudioModel:
    """A distribution of the 580 values, as real music has them.

    With z the normal scores of a vector's coordinates (`relations`, `marginals`),

        z = mean + genre_means[g] + length ln(seconds / 15) + t (factors @ loadings + rest noise),

    where factors and noise are standard normal, `rest` is the deviation of each coordinate that
    the factors do not explain, and t is one number per track, of mean square 1, with the heavy
    tails of Student's t: a recording is unusual in many values at once.

    Attributes:
        genres: Names of the genres, G.
        knots: Quantiles of each coordinate, (D, levels).
        mean: Mean score of each coordinate, (D,).
        genre_means: Difference of each genre from it, (G, D).
        length: Change of each score with the logarithm of the length, (D,).
        loadings: Loadings of the factors, (K, D).
        rest: Standard deviation of the rest, (D,).
        freedom: Degrees of freedom of t, a scalar array above 2.
    """

    genres: tuple[str, ...]
    knots: np.ndarray
    mean: np.ndarray
    genre_means: np.ndarray
    length: np.ndarray
    loadings: np.ndarray
    rest: np.ndarray
    freedom: np.ndarray

    @property
    def factors(self) -> int:
        """Number of factors, K."""
        return len(self.loadings)

    @property
    def coordinates(self) -> int:
        """Number of coordinates, D."""
        return len(self.mean)

    def scores(self, vectors: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """Normal scores of vectors without the effect of their length, (N, D).

        Args:
            vectors: First halves of audio vectors, (N, 580).
            seconds: Lengths of the recordings in seconds, (N,).
        """
        found = marginals.to_scores(relations.encode(vectors, seconds), self.knots)
        return found - _log_length(seconds) * self.length

    def vectors(self, scores: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """Vectors of normal scores, float32 (N, 580): the way back from `scores`.

        Args:
            scores: Normal scores without the effect of the length, (N, D).
            seconds: Lengths of the recordings in seconds, (N,).
        """
        with_length = scores + _log_length(seconds) * self.length
        coordinates = marginals.to_values(with_length, self.knots)
        return relations.decode(coordinates, seconds).astype(np.float32)

    def drawn_scores(self, genre: int, factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Normal scores of one track, (D,).

        Args:
            genre: Index of its genre.
            factors: Its factors, (K,), standard normal.
            rng: Generator of the rest.
        """
        scale = heavy_tails(float(self.freedom), rng, 1)
        rest = rng.standard_normal(self.coordinates) * self.rest
        return self.mean + self.genre_means[genre] + scale * (factors @ self.loadings + rest)

    def distances(self, vectors: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances of vectors from the mean of all genres: in factor space, and of the rest.

        Args:
            vectors: First halves of audio vectors, (N, 580).
            seconds: Lengths of the recordings in seconds, (N,).

        Returns:
            Both, (N,), see `split`.
        """
        return split(self.scores(vectors, seconds) - self.mean, self.loadings, self.rest)

    def save(self, file: Path) -> None:
        """Write the model, float32, as .npz."""
        np.savez_compressed(
            file,
            allow_pickle=False,
            genres=np.array(self.genres),
            **{name: np.asarray(getattr(self, name), np.float32) for name in _ARRAYS},
        )


_ARRAYS = tuple(field.name for field in fields(AudioModel) if field.name != "genres")


def heavy_tails(freedom: float, rng: np.random.Generator, count: int) -> np.ndarray:
    """Scales of Student's t over normal numbers, of mean square 1, (count,).

    Args:
        freedom: Degrees of freedom, more than 2.
        rng: Generator to draw from.
        count: Number of scales.
    """
    return np.sqrt((freedom - 2.0) / rng.chisquare(freedom, count))


def split(
    centred: np.ndarray, loadings: np.ndarray, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Root mean squares of the factors and of the rest, in their standard deviations, (N,) each.

    The factors are those of weighted least squares (Bartlett's): a coordinate weighs by the
    inverse of the variance of its rest. Coordinates that never vary are left out.

    Args:
        centred: Scores less their mean, (N, D).
        loadings: Loadings, (K, D).
        rest: Standard deviations, (D,).
    """
    varies = rest > 0
    centred, loadings, rest = centred[:, varies], loadings[:, varies], rest[varies]
    weighted = loadings / rest**2
    factors = np.linalg.solve(weighted @ loadings.T, weighted @ centred.T).T
    unexplained = (centred - factors @ loadings) / rest
    return np.sqrt(np.mean(factors**2, axis=1)), np.sqrt(np.mean(unexplained**2, axis=1))


@functools.cache
def load(file: Path | None = None) -> AudioModel:
    """The model of a file, or the bundled one.

    Args:
        file: File that `AudioModel.save` wrote.
    """
    with np.load(file or bundled_file(), allow_pickle=False) as stored:
        genres = tuple(str(name) for name in stored["genres"])
        return AudioModel(genres, *(stored[name].astype(np.float64) for name in _ARRAYS))


def bundled_file() -> Path:
    """The file of the bundled model."""
    return Path(str(resources.files("coverzoo.corpus.audio_model").joinpath(FILE)))


def _log_length(seconds: np.ndarray) -> np.ndarray:
    return np.log(np.asarray(seconds, np.float64) / REFERENCE_SECONDS)[:, None]
