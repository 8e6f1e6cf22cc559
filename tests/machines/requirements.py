"""What the tests of several machines need: namespaces, HAProxy and iproute2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PACKAGES = {"haproxy": "haproxy", "ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux"}
UNSHARE = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
INSIDE = "MACHINES_NETWORK"  # set for programs that run in a network of their own


def unshare() -> list[str]:
    """Return the command that runs a program in namespaces of its own, which end with it, as their root."""
    return [program("unshare"), *UNSHARE, *([] if os.geteuid() == 0 else ["--map-root-user"])]


def missing() -> str:
    """Return why the tests cannot run, empty if they can."""
    if packages := missing_packages():
        return f"{', '.join(packages)} not installed. Install with: sudo apt-get install {' '.join(packages)}"
    tried = subprocess.run([*unshare(), "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no network namespaces here: {tried.stderr.strip()}. Run as root, and not in a restricted container."
    return "" if os.environ.get(INSIDE) else "these tests need a network of their own: run make machines"


def missing_packages() -> list[str]:
    """Return the Debian packages that are missing."""
    return sorted({package for name, package in PACKAGES.items() if not shutil.which(name, path=PATH)})


def program(name: str) -> str:
    """Return the path of a program."""
    return shutil.which(name, path=PATH) or name


def install() -> None:
    """Install what is missing, where this is Debian and root runs it."""
    packages = missing_packages()
    if packages and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        sys.stdout.write(f"→ Installing {', '.join(packages)}\n")
        sys.stdout.flush()
        subprocess.run([apt, "update", "-qq"], check=False)
        subprocess.run([apt, "install", "-y", "-qq", "--no-install-recommends", *packages], check=False)


if __name__ == "__main__":
    install()
    if packages := missing_packages():
        sys.exit(f"The tests need {', '.join(packages)}. Install with: sudo apt-get install {' '.join(packages)}")
