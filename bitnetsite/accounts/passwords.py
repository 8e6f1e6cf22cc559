"""Password hashing: Argon2id, with parameters that leave memory and cores for the model.

Django's default parameters take 100 MB and eight threads per hash, without a limit on concurrent hashes: a flood of
sign-ins would push the model out of memory and starve its threads. These parameters are the minimum that OWASP's
Password Storage Cheat Sheet recommends (19 MiB, 2 iterations, 1 thread), and at most two hashes run at once.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from django.contrib.auth import hashers

_running = BoundedSemaphore(2)


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _running:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _running:
            return super().verify(password, encoded)
