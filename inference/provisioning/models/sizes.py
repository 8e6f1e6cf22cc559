"""Sizes of files for people. No Django in here."""

from __future__ import annotations


def megabytes(size: int) -> str:
    """Return a size in MB of 1,000,000 bytes, rounded up."""
    return f"{-(-size // 1_000_000):,}"


def in_words(size: int) -> str:
    """Return a size in MB or GB, as the hub shows it: `3 MB`, `1.19 GB`."""
    return f"{size / 1e9:.2f} GB" if size >= 995_000_000 else f"{megabytes(size)} MB"
