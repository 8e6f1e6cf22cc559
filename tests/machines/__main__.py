"""Run the tests, with these arguments for pytest, or a module (`-m MODULE`) in a network of their own.

The network, the mounts and all processes end with it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .requirements import INSIDE, missing, unshare

# The shell is the first process of the namespace: it reaps those whose parent was killed.
SHELL = ["sh", "-c", '"$@"; exit "$?"', "sh"]


def main(arguments: list[str]) -> int:
    run = arguments if arguments[:1] == ["-m"] else ["-m", "pytest", *(arguments or ["tests/machines"])]
    os.environ[INSIDE] = "1"
    if missing():
        del os.environ[INSIDE]  # so that the tests are skipped, with the reason
        return subprocess.run([sys.executable, *run], check=False).returncode
    return subprocess.run([*unshare(), *SHELL, sys.executable, *run], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
