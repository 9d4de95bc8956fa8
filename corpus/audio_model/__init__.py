"""A statistical model of audio vectors, fitted on real music."""

from coverzoo.corpus.audio_model.model import AudioModel, load

__all__ = ["AudioModel", "load"]
