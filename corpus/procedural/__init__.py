"""The built-in corpus: covers and audio vectors of tracks that do not exist.

It allows training and evaluation without downloads. The audio vector of a track is drawn from
the statistical model of real music; its cover shows the genre and the facts that are computed
from the vector. Nothing here imports TensorFlow.
"""

from coverzoo.corpus.procedural.genres import GENRES
from coverzoo.corpus.procedural.write import synthesize

__all__ = ["GENRES", "synthesize"]
