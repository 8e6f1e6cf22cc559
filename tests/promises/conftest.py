"""Fixtures of the tests of promises."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def rng(record_property: Callable[[str, object], None]) -> random.Random:
    """Random numbers from `SEED`, or from a new seed, which a failed test and the report show."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    record_property("seed", seed)
    sys.stdout.write(f"SEED={seed} repeats these faults.\n")
    return random.Random(seed)
