"""Start two servers, run the clients' tests in their own environment, and exit with their status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import temporary_folder
from tests.server import ROOT, Server, write_fake_cli

PYTHON = ROOT / ".venv" / "clients" / "bin" / "python"
CONFIGURATION = Path(__file__).parent / "pytest.ini"


def run(arguments: list[str]) -> int:
    """Run the tests. `arguments`: further ones for pytest."""
    # The second server answers a question that contains "slowly" at 20 words a second, to one request at a time.
    slow = {
        "LLAMA_CLI": str(write_fake_cli(temporary_folder("fake-"))),
        "LLAMA_ARGS": "--fake echo --fake seconds-per-token=0.05 --fake slow-when=slowly",
        "MAX_REQUESTS_PER_CALLER": "1",
    }
    with Server(temporary_folder("clients-")) as server, Server(temporary_folder("busy-"), **slow) as busy:
        server.wait_for_health()
        busy.wait_for_health()
        environment = os.environ | {"SERVER": server.url, "BUSY_SERVER": busy.url}
        command = [str(PYTHON), "-m", "pytest", "-c", str(CONFIGURATION), str(CONFIGURATION.parent), *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
