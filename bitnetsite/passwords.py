"""How passwords are hashed: Argon2id, with what a machine that computes answers can spare for a sign-in.

Django's own parameters take 100 MB and eight threads a time, and as many sign-ins as come are hashed at once: a flood
of them would push the model out of memory and starve its threads. These are the least that OWASP's Password Storage
Cheat Sheet recommends (19 MiB, 2 rounds, 1 thread), two at once.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from django.contrib.auth import hashers

_turns = BoundedSemaphore(2)


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return super().verify(password, encoded)
