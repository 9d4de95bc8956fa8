"""Where reference networks are kept between evaluations."""

from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder of the reference networks in the user's cache."""
    return user_cache_path("coverzoo") / "evaluation"
