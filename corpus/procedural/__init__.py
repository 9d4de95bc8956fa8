"""The built-in corpus: covers and audio vectors generated from latent facts.

It allows training and evaluation without downloads. A track has a genre, tempo, energy,
brightness and mode; its cover and its audio vector both depend on them. Nothing here imports
TensorFlow.
"""

from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.procedural.write import synthesize

__all__ = ["GENRES", "synthesize"]
