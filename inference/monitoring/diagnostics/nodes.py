"""The checks of engine nodes: those of each machine, under its name, and which node is slower than the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from inference.engine.machine_reading import MachineReading
from inference.engine.status import MachineStatus

from . import engine, machine
from .check import Check, Evidence, Verdict, count, requests

SLOW_SHARE: Final = 0.7  # of the speed of the others, below which a node is slow
SLOW_LATENCY: Final = 0.25  # seconds until a status arrives, above which the network or the node is slow


@dataclass(frozen=True, slots=True)
class NodesReading:
    """The readings of all nodes at a monotonic time `at` of this machine, by name."""

    at: float
    nodes: Mapping[str, MachineReading]


def checks_of_nodes(before: NodesReading, now: NodesReading, max_threads: int) -> list[Check]:
    """Return the checks of each node, named after it."""
    checks = []
    for name, reading in now.nodes.items():
        earlier = before.nodes.get(name, reading)
        evidence = Evidence(earlier.reading, reading.reading, reading.engine, max_threads)
        found = (engine.threads(evidence), *machine.checks(evidence))
        checks += [_of_node(name, check) for check in found]
    return checks


def nodes(machines: Sequence[MachineStatus]) -> Check:
    """Check whether all nodes get requests, and answer questions for their status at once."""
    name = "Engine nodes"
    working = [each for each in machines if not each.failure and not each.held]
    number = f"{len(working)} of {count(len(machines), 'node')} get requests"
    if lost := [each for each in machines if each.failure]:
        reason = f"{lost[0].node} gets no requests. {lost[0].failure}"
        weight = len(lost) / len(machines)
        return Check(name, Verdict.SLOW, number, weight, reason, "Fix what the message names; the others do its work.")
    if held := [each for each in machines if each.held]:
        reason = f"{held[0].node} is {held[0].held}, so that the others do its work."
        return Check(name, Verdict.WATCH, number, 0.2, reason, "Resume it on the tab Now.")
    if slow := [each for each in machines if (each.latency or 0.0) > SLOW_LATENCY]:
        reason = f"{slow[0].node} took {slow[0].latency:.2f} s to report its status: its cores or the network are busy."
        return Check(name, Verdict.WATCH, number, 0.2, reason, "Look for other programs on it, and at the network.")
    return Check(name, Verdict.FINE, number)


def speeds(measured: Mapping[str, float]) -> Check:
    """Check whether a node generated fewer tokens per second than the others in the last hour."""
    name = "Speed of nodes"
    if not measured:
        return Check(name, Verdict.UNKNOWN, "no answers in the last hour")
    number = ", ".join(f"{node} {speed:.1f}" for node, speed in sorted(measured.items())) + " tokens/s"
    slowest, speed = min(measured.items(), key=lambda each: each[1])
    others = [each for node, each in measured.items() if node != slowest]
    if not others or speed >= SLOW_SHARE * (usual := median(others)):
        return Check(name, Verdict.FINE, number)
    reason = f"{slowest} generated {speed:.1f} tokens a second, the other nodes {usual:.1f}."
    advice = f"See the checks of {slowest}, compare its processor and memory with theirs, or drain it."
    return Check(name, Verdict.SLOW, number, 1 - speed / usual, reason, advice)


def waiting(machines: Sequence[MachineStatus]) -> Check:
    """Check whether requests wait on one node while another has free places."""
    name = "Spread over nodes"
    queues = {each.node: each.waiting for each in machines if each.waiting}
    free = [each.node for each in machines if not each.failure and not each.held and each.answering < each.places]
    if not queues or not free:
        return Check(name, Verdict.FINE, "even" if not queues else "all nodes have a queue")
    busiest = max(queues, key=lambda each: queues[each])
    number = f"{requests(queues[busiest])} waiting on {busiest}, free places on {free[0]}"
    reason = f"{requests(queues[busiest], verb=True)} waiting on {busiest}, where their conversations are held."
    advice = "Lower hash-balance-factor in HAProxy’s configuration, so that such requests go to other nodes sooner."
    return Check(name, Verdict.WATCH, number, 0.2, reason, advice)


def _of_node(node: str, check: Check) -> Check:
    reason = f"On {node}: {check.reason}" if check.reason else ""
    return replace(check, name=f"{node}: {check.name}", reason=reason)
