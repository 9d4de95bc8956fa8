"""Notices of tracks that are unlike the training data; shared with the device's distribution."""

from collections.abc import Iterable

ATYPICAL = 99.9  # percentile of the training tracks' distances at which a notice is given


def notices(tracks: Iterable[object], percentiles: Iterable[float] | None) -> list[str]:
    """A line for every track that few training tracks are as far from the middle as.

    Args:
        tracks: Names of the tracks.
        percentiles: Typicality of each track in [0, 100], None for a model that does not
            measure it.
    """
    if percentiles is None:
        return []
    return [
        f"{track}: less typical of the training data than {ATYPICAL:g} % of its tracks; its covers "
        "may be poor"
        for track, percentile in zip(tracks, percentiles, strict=True)
        if percentile >= ATYPICAL
    ]
