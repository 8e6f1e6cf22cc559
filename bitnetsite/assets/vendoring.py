"""The libraries and fonts in `static/vendor/`, fetched from npm: `make vendor` (only this command needs npm).

`vendor.json` lists every file with its hash. Matching files are kept, missing ones fetched, and a download whose hash
differs is refused. To update a package, change its `version`, set `integrity` and the hashes to `null`, run
`make vendor`, which fills them in, and update the paths that contain the version.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
RECORD = VENDOR / "vendor.json"


class VendorError(Exception):
    """A package could not be fetched, or differs from what is recorded."""


def _mismatch(what: str, found: str, recorded: str) -> VendorError:
    return VendorError(f"The hash of {what} is {found}, but {recorded} is recorded. Nothing was changed.")


def folder(package: dict[str, Any]) -> Path:
    """Return a package's folder. Its path contains the version, so that pages refer to the version they need."""
    return VENDOR / f"{package['folder']}-{package['version']}"


def differing(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the files that are missing, changed, or not recorded."""
    recorded = {RECORD}
    for package in packages:
        for path, sha256 in package["files"].items():
            file = folder(package) / Path(path).name
            recorded.add(file)
            if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                yield str(file.relative_to(VENDOR))
    yield from (str(file.relative_to(VENDOR)) for file in VENDOR.rglob("*") if file.is_file() and file not in recorded)


def fetch(package: dict[str, Any], scratch: Path) -> None:
    """Fetch a package with npm and write its files; fill in hashes that are null. Raise VendorError."""
    spec = f"{package['name']}@{package['version']}"
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm was not found. Install it (Debian, Ubuntu: sudo apt-get install npm), then try again.")
    packed = subprocess.run(
        [npm, "pack", spec, "--silent", "--pack-destination", str(scratch)], capture_output=True, text=True, check=False
    )
    if packed.returncode:
        raise VendorError(f"npm could not fetch {spec}: {packed.stderr.strip() or packed.stdout.strip()}")
    archive = scratch / packed.stdout.split()[-1]
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if package["integrity"] not in (None, integrity):
        raise _mismatch(spec, integrity, package["integrity"])
    contents: dict[str, bytes] = {}
    with tarfile.open(archive) as tar:
        for path, sha256 in package["files"].items():
            member = tar.extractfile(f"package/{path}")
            if member is None:
                raise VendorError(f"{spec} has no file {path}.")
            contents[path] = member.read()
            found = hashlib.sha256(contents[path]).hexdigest()
            if sha256 not in (None, found):
                raise _mismatch(f"{path} in {spec}", found, sha256)
            package["files"][path] = found
    package["integrity"] = integrity
    folder(package).mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        (folder(package) / Path(path).name).write_bytes(content)


def main() -> int:
    packages = json.loads(RECORD.read_text())
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for package in packages:
                if package["integrity"] is None or any(
                    name.startswith(f"{folder(package).name}/") for name in differing(packages)
                ):
                    print(f"  {package['name']} {package['version']}")  # noqa: T201 – a command line program
                    fetch(package, Path(scratch))
    except VendorError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    RECORD.write_text(json.dumps(packages, indent=2) + "\n")
    if left := sorted(differing(packages)):
        print(f"Not recorded in vendor.json; delete: {', '.join(left)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
