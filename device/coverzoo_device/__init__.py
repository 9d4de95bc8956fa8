"""Generates album covers with a TFLite file of `zoo-export`, without TensorFlow.

`Sampler(file).sample(load_track(track), seed=3, count=5)` returns covers; `save` writes them.
"""

from coverzoo_device.images import png, save, to_bytes
from coverzoo_device.sampler import Sampler
from coverzoo_device.shared.errors import UserError
from coverzoo_device.shared.noise import normal
from coverzoo_device.shared.tracks import load_track

__all__ = ["Sampler", "UserError", "load_track", "normal", "png", "save", "to_bytes"]
