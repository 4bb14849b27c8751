"""OpenMP, by which torch and llama.cpp work on several cores. Both functions have to be called before it is loaded."""

import ctypes
import os
from importlib.util import find_spec
from pathlib import Path

# Microseconds. Where there are as many cores as threads, libgomp's own count is 300,000: milliseconds, in which others
# could have the core (tests/benchmarks/busy_machine.py).
SPINS = "1000"


def wait_briefly() -> None:
    """Threads that wait for others sleep soon, and leave their core to other programs; the user's own settings stay.

    Their work is cut into pieces of microseconds, at whose ends all wait for the last. One that another process keeps
    from its core would have the others spin until the kernel takes theirs away, too.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # for implementations other than libgomp


def load_openmp_of_torch() -> None:
    """Loads the libgomp that comes with torch; llama.cpp expects one of the system, and small systems have none.

    Raises:
        OSError: there is none.
    """
    found = find_spec("torch")
    folders = found.submodule_search_locations if found else None
    libraries = [path for folder in folders or () for path in Path(folder, "lib").glob("libgomp.so*")]
    if not libraries:
        raise OSError("torch has no libgomp")
    ctypes.CDLL(str(libraries[0]))
