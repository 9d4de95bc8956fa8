"""The CPU cores of a benchmark."""

import os


def limit(threads: int | None) -> int:
    """Restrict this process, and those that it starts, to a number of cores.

    Call it before TensorFlow is imported, which counts the cores. Where the system cannot bind a
    process to cores (macOS), only the numbers of threads of the libraries apply.

    Args:
        threads: Number of cores; None for all.

    Returns:
        Number of threads of each engine.
    """
    if not hasattr(os, "sched_setaffinity"):
        return threads or os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))[:threads]
    os.sched_setaffinity(0, cores)
    return len(cores)
