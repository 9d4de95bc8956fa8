"""Generative models for album covers, conditioned on music.

`import coverzoo` is light: TensorFlow is imported by the first call that needs it.
"""

from coverzoo.errors import UserError

__all__ = ["UserError"]
