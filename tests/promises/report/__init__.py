"""The report of `make prove`: the page docs/promises.md, and what is shown while the tests run."""

from .plugin import Proof, mark_promises, proof, register

__all__ = ["Proof", "mark_promises", "proof", "register"]
