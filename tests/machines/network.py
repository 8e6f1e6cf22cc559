"""A network of machines: namespaces that a bridge connects. Machine 1 is where this program runs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .requirements import program

SUBNET = "10.77.0"


def run(name: str, *arguments: str) -> str:
    """Run a program to its end, and return what it printed."""
    return subprocess.run([program(name), *arguments], capture_output=True, text=True, check=True).stdout


def ip(*arguments: str) -> str:
    return run("ip", *arguments)


class Machine:
    """One machine. `name`: its host name, `address`: its address in the network."""

    def __init__(self, number: int) -> None:
        self.name, self.address = f"machine{number}", f"{SUBNET}.{number}"
        self._cable = f"cable{number}"
        ip("netns", "add", self.name)
        ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("link", "set", self._cable, "master", "switch", "up")
        ip("-netns", self.name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            ip("-netns", self.name, "link", "set", device, "up")

    def run(self, *command: str) -> str:
        """Run a command on this machine, and return what it printed."""
        return run("nsenter", f"--net=/run/netns/{self.name}", *command)

    @property
    def processes(self) -> list[int]:
        return [int(each) for each in ip("netns", "pids", self.name).split()]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the machine."""
        for pid in self.processes:
            with suppress(ProcessLookupError):  # it ended just now
                os.kill(pid, number)

    def pull_cable(self) -> None:
        ip("link", "set", self._cable, "down")

    def plug_in(self) -> None:
        ip("link", "set", self._cable, "up")


def connect(numbers: Sequence[int], hosts: Path) -> list[Machine]:
    """Build the network of machine 1 and these. `hosts`: path for the file that names them.

    It replaces devices and mounts of the namespaces that this program runs in: call it in new ones only.
    """
    Path("/run/netns").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "netns", "/run/netns")
    ip("link", "set", "lo", "up")
    ip("link", "add", "switch", "type", "bridge")
    ip("address", "add", f"{SUBNET}.1/24", "dev", "switch")
    ip("link", "set", "switch", "up")
    machines = [Machine(number) for number in numbers]
    names = "".join(f"{each.address} {each.name}\n" for each in machines)
    hosts.write_text(f"127.0.0.1 localhost\n{SUBNET}.1 machine1\n{names}")
    run("mount", "--bind", str(hosts), "/etc/hosts")
    return machines
