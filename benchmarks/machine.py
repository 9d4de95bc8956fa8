"""The cores that project and peer are given."""

import os


def limit(threads: int | None) -> int:
    """Keep this process, and all that it starts, to so many cores; all there are if None.

    Before TensorFlow is imported, which counts them. Where the system cannot bind a process to
    cores (macOS), only the libraries' own numbers of threads hold.

    Returns:
        How many threads each side is to use.
    """
    if not hasattr(os, "sched_setaffinity"):
        return threads or os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))[:threads]
    os.sched_setaffinity(0, cores)
    return len(cores)
