"""A corpus generated from latent facts, so that everything runs and is evaluated without downloads.

A track has a genre, tempo, energy, brightness and mode; its cover and its audio vector are
both drawn from them. Nothing here imports TensorFlow.
"""

from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.procedural.write import synthesize

__all__ = ["GENRES", "synthesize"]
