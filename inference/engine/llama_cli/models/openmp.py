"""How the threads of a llama-cli wait for each other: the environment of its OpenMP."""

from __future__ import annotations

from typing import Final

GCC, CLANG, INTEL = "libgomp", "libomp", "libiomp5"

# OpenMP's threads spin at a barrier before they sleep, GCC's by default so long that threads that share their cores
# with other work are 2 to 4 times slower than with these counts. The lower one costs threads with a core each a
# twentieth of their speed, and none if they have fewer cores: figures in docs/engine.md.
OWN_CORES: Final = {"GOMP_SPINCOUNT": "1000"}
# GCC's counts the cores that a process may use when it begins. If its threads are more, because it begins confined,
# they spin 100 times only, also when it is lent more cores: an answer then has 0.85 of the speed. ACTIVE raises that
# limit to 1000, of which the count remains. With Clang's, it would let threads spin for ever.
LENT_CORES: Final = {"GOMP_SPINCOUNT": "300", "OMP_WAIT_POLICY": "ACTIVE"}


def environment(library: str, *, own_cores: bool) -> dict[str, str]:
    """Return the variables for a program that is linked to `library`, or to none if it is empty.

    `own_cores`: each thread has a core, and is never confined to fewer. Clang's OpenMP reads neither variable usefully:
    it sleeps after 0.2 s by default.
    """
    if library != GCC:
        return {}
    return OWN_CORES if own_cores else LENT_CORES
