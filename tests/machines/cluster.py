"""A server, HAProxy and three engine nodes, each node on a machine of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests import warm_python
from tests.server import DEMO_MODEL, PATIENCE, ROOT, Server, until

from .network import Machine
from .requirements import program

NODE_PORT = 8100
BALANCER, BALANCER_METRICS = "http://127.0.0.1:8101", "http://127.0.0.1:8102/metrics"  # in deploy/haproxy.cfg
TOKEN = "a token of these tests"  # noqa: S105
ARGUMENTS = ["-c", "python:bitnetsite.gunicorn", "--bind", f"0.0.0.0:{NODE_PORT}"]

ASK = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Authorization": sys.argv[2]})
print(urllib.request.urlopen(request, timeout=5).read().decode())
"""


class Node:
    """An engine node, with the command of `make engine-node`. `name`: its machine's. `log`: all its output."""

    def __init__(self, machine: Machine, folder: Path, **environment: str) -> None:
        self.machine, self.name, self.folder = machine, machine.name, folder
        self.url = f"http://{machine.name}:{NODE_PORT}"
        self.process: warm_python.Process | subprocess.Popen[bytes] | None = None
        self._environment = {"ROLE": "engine", "NODE_NAME": self.name, "ENGINE_TOKEN": TOKEN, "DATA_DIR": str(folder)}
        self._environment |= {"MODEL_PATH": str(DEMO_MODEL), "MAX_THREADS": "1", **environment}
        self._log = folder.with_suffix(".log")
        folder.mkdir(exist_ok=True)

    def start(self, module: str = "gunicorn", **environment: str) -> None:
        """Start the node. `module`: runs in place of gunicorn."""
        command = [sys.executable, "-m", "tests.machines.enter", self.name, module, *ARGUMENTS]
        with self._log.open("ab") as log, Path(os.devnull).open("rb") as empty:
            files = empty.fileno(), log.fileno(), log.fileno()
            self.process = warm_python.start(command, os.environ | self._environment | environment, *files)

    def use_fake_engine(self, fake_cli: Path, *switches: str) -> None:
        """Let the fake llama-cli answer, with these switches: a program of the node's own, as slow as its machine."""
        folder = self.folder.with_name(f"{self.name}-program")
        folder.mkdir(exist_ok=True)
        arguments = " ".join(f"--fake {switch}" for switch in (f"name={self.name}", *switches))
        own = folder / "llama-cli"
        own.write_text(fake_cli.read_text().replace('"$@"', f'{arguments} "$@"'))
        own.chmod(0o755)
        self._environment["LLAMA_CLI"] = str(own)

    def use_real_engine(self) -> None:
        """Let the engine answer that `build_engine` has built."""
        self._environment.pop("LLAMA_CLI", None)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Stop the node as an operator does, and wait for its end."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
            self.process = None

    def kill(self) -> None:
        """End all processes at once."""
        self.machine.signal(signal.SIGKILL)
        if self.process:
            self.process.wait(PATIENCE)
            self.process = None

    def restart(self, module: str = "gunicorn", **environment: str) -> None:
        self.kill()
        self.start(module, **environment)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def status(self) -> dict[str, Any]:
        """Return the node's status, asked for on its own machine, whose cable may be pulled."""
        url = f"http://127.0.0.1:{NODE_PORT}/v1/status"
        answer = self.machine.run(sys.executable, "-ISc", ASK, url, f"Bearer {TOKEN}")
        status: dict[str, Any] = json.loads(answer)
        return status

    def listens(self) -> bool:
        """Return whether the node answers, whatever it says."""
        try:
            return httpx.get(f"{self.url}/health", timeout=2).status_code > 0
        except httpx.TransportError:
            return False

    def busy(self) -> bool:
        """Return whether answers are generated."""
        return bool(self.status()["engine"]["leases"])


class HAProxy:
    """HAProxy with the project's own configuration, and a third node added as the second one is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        text = (ROOT / "deploy" / "haproxy.cfg").read_text()
        lines = re.findall(r"^    server node2 machine3:8100\n", text, re.MULTILINE)
        assert len(lines) == 1, "deploy/haproxy.cfg has no second node"
        text = text.replace(lines[0], lines[0] + lines[0].replace("node2 machine3", "node3 machine4"))
        (folder / "haproxy.cfg").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        command = [program("haproxy"), "-f", str(self._folder / "haproxy.cfg"), *arguments]
        environment = os.environ | {"ENGINE_TOKEN": TOKEN}
        with (self._folder / "haproxy.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def reload(self) -> subprocess.Popen[bytes]:
        """Let a new process take over, and return the old one, which finishes its streams."""
        assert self._process
        old = self._process
        self.start("-sf", str(old.pid))
        return old

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def requests(self) -> dict[str, int]:
        """Return how many requests each node has got."""
        found = re.findall(r'^haproxy_server_sessions_total\{proxy="nodes",server="(\w+)"\} (\d+)', *self._metrics())
        return {f"machine{int(name.removeprefix('node')) + 1}": int(count) for name, count in found}

    def up(self) -> set[str]:
        """Return the machines whose nodes are in rotation."""
        found = re.findall(r'^haproxy_server_status\{proxy="nodes",server="(\w+)",state="UP"\} 1', *self._metrics())
        return {f"machine{int(name.removeprefix('node')) + 1}" for name in found}

    def _metrics(self) -> tuple[str, re.RegexFlag]:
        try:
            return httpx.get(BALANCER_METRICS, timeout=PATIENCE).text, re.MULTILINE
        except httpx.TransportError:
            return "", re.MULTILINE  # it does not run


class Cluster:
    """`environment`: of the nodes. `front_environment`: of the server."""

    def __init__(
        self, machines: list[Machine], folder: Path, environment: dict[str, str], front_environment: dict[str, str]
    ) -> None:
        self.nodes = [Node(machine, folder / machine.name, **environment) for machine in machines]
        self.balancer = HAProxy(folder)
        self._data = folder / "front"
        self._data.mkdir()
        self._front_environment = {
            "ENGINE_URL": BALANCER,
            "ENGINE_NODES": ",".join(node.url for node in self.nodes),
            "ENGINE_TOKEN": TOKEN,
        } | front_environment
        self.front: Server

    def start_front(self) -> None:
        """Start the server on the same data as before."""
        self.front = Server(self._data, **self._front_environment)

    def kill_front(self) -> None:
        """End the server and its workers at once."""
        children = Path(f"/proc/{self.front.process.pid}/task/{self.front.process.pid}/children").read_text().split()
        for pid in [self.front.process.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        self.front.process.wait(PATIENCE)

    @contextmanager
    def running(self) -> Iterator[Cluster]:
        """Run everything."""
        with ExitStack() as ends:
            for node in self.nodes:
                node.start()
                ends.callback(node.kill)
            self.balancer.start()
            ends.callback(self.balancer.kill)
            self.start_front()
            ends.callback(lambda: self.front.__exit__())
            self.wait_until_whole()
            yield self

    def wait_until_whole(self) -> None:
        """Wait until all nodes answer, follow the server's settings, and get requests."""
        self.front.wait_for_health()
        for node in self.nodes:
            self.wait_for(node)

    def wait_for(self, node: Node) -> None:
        """Wait until a node follows the server's settings and gets requests."""
        assert until(lambda: node.name in self.balancer.up()), f"{node.name} is not in rotation.\n{node.log}"
        assert until(lambda: self._follows(node)), f"{node.name} does not follow the settings.\n{node.log}"

    def repair(self) -> None:
        """Start again what a test has ended."""
        for node in self.nodes:
            node.machine.plug_in()
            if node.has_ended():
                node.start()
        if not self.balancer.up():
            self.balancer.kill()
            self.balancer.start()
        if self.front.process.poll() is not None:
            self.start_front()
        self.wait_until_whole()

    def _follows(self, node: Node) -> bool:
        try:
            answer = httpx.get(f"{node.url}/v1/status", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=2)
        except httpx.TransportError:
            return False
        return bool(answer.json()["revision"])
