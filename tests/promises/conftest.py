"""Fixtures of the tests of promises."""

from __future__ import annotations

import os
import random
import sys

import pytest


@pytest.fixture
def rng() -> random.Random:
    """Random numbers from `SEED`, or from a new seed. A test that fails shows it."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    sys.stdout.write(f"SEED={seed} repeats these faults.\n")
    return random.Random(seed)
