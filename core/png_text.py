"""Text chunks of a PNG file: how its covers were generated."""

from collections.abc import Iterable

PREFIX = "coverzoo:"


def png_text(
    model: str,
    *,
    sha256: str | None = None,
    version: int | None = None,
    seed: int | str | None = None,
    index: int | None = None,
    strength: float | None = None,
    tracks: Iterable[str] = (),
) -> dict[str, str]:
    """Text chunks by keyword; what is None, or empty, has none.

    Args:
        model: Name of the model, `coverzoo:model`.
        sha256: SHA-256 of the model's file in hexadecimal, `coverzoo:sha256`.
        version: Version of a served model, `coverzoo:version`.
        seed: Seed of the noise, or both seeds of an interpolation, `coverzoo:seed`.
        index: Place of a single cover among those of its track and seed, `coverzoo:index`.
        strength: Strength of the audio, `coverzoo:strength`; it is left out without tracks.
        tracks: File names of the tracks, `coverzoo:track`, one a line.
    """
    names = "\n".join(" ".join(name.splitlines()) for name in tracks)
    facts = {
        "model": model,
        "sha256": sha256,
        "version": version,
        "seed": seed,
        "index": index,
        "strength": strength if names else None,
        "track": names or None,
    }
    return {f"{PREFIX}{key}": str(value) for key, value in facts.items() if value is not None}
