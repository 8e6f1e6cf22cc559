"""Find or install the Chromium that the browser tests use.

`make test` runs `python -m tests.browser.driver.chromium` before the tests. It prints the path of the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = (
    "chromium-headless-shell",  # has no windows, and takes a quarter of the processor time per page
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
ARGUMENTS = [
    "--disable-gpu",
    "--in-process-gpu",  # fewer processes take a tenth less processor time per page
    "--renderer-process-limit=1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
if os.geteuid() == 0:
    ARGUMENTS.append("--no-sandbox")  # Chromium has no sandbox for root
STARTS_WITHIN = 60.0  # seconds, on a busy machine


class NoChromium(Exception):
    """No Chromium was found. The message says what to do."""


def find() -> Path | None:
    """Return the program that CHROMIUM names, one in PATH, or the one that Playwright installed; None if there is none.

    Raise NoChromium if CHROMIUM does not name a browser.
    """
    if named := os.environ.get("CHROMIUM"):
        if not _starts(Path(named)):
            raise NoChromium(f"CHROMIUM={named} is not a browser that starts. Expected the path of Chromium or Chrome.")
        return Path(named)
    return next((path for path in _candidates() if _starts(path)), None)


def find_or_install() -> Path:
    """Return what `find` returns; install Chromium if there is none. Raise NoChromium."""
    if found := find():
        return found
    tried = []
    for command in _installers():
        _say(f"No Chromium was found; trying: {' '.join(command)}")
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        tried.append(f"{' '.join(command)}: exit status {done.returncode}")
        if found := find():
            return found
    raise NoChromium(
        f"The tests of the pages need Chromium or Chrome. None was found in PATH, and none could be installed "
        f"({'; '.join(tried)}). Install one (Debian: sudo apt-get install chromium), or set its path: "
        "make test CHROMIUM=/path/to/it"
    )


def _candidates() -> Iterator[Path]:
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _starts(program: Path) -> bool:
    """Return whether the program prints its version. Some systems have a placeholder of this name that does not."""
    try:
        result = subprocess.run([program, "--version"], capture_output=True, timeout=STARTS_WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def _installers() -> Iterator[list[str]]:
    """Yield commands that may install Chromium, in the order to try them."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for package in ("chromium-headless-shell", "chromium"):
            install = f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {package}"
            yield ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", install]
    yield [sys.executable, "-m", "playwright", "install", "chromium"]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    try:
        found = find_or_install()
    except NoChromium as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say(str(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
