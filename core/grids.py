"""Arrangements of covers."""

import math


def near_square(count: int) -> int:
    """Columns of a grid that is about a square.

    As many as fill every row, if the grid is then at most twice as wide as high; else ⌈√count⌉.

    Args:
        count: Number of covers, 1 or more.
    """
    least = math.ceil(math.sqrt(count))
    full = (columns for columns in range(least, count + 1) if count % columns == 0)
    return next((columns for columns in full if columns**2 <= 2 * count), least)
