"""Whether all nodes would answer alike. Decided from their status, without I/O.

What most nodes have is right, and among equals what the first one by name has. The decision depends on nothing else, so
that several servers come to the same one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from inference.engine.status import ModelState
from inference.engine.wire import NodeStatus

ARGUMENTS = ""  # in the place of a model's id: the arguments that a node adds to its engine's


def agreed(nodes: Sequence[NodeStatus]) -> dict[str, str]:
    """Return the fingerprint of each model that most of these nodes have, by id, and their common arguments."""
    found = [_parts(node) for node in sorted(nodes, key=lambda each: each.node)]
    result = {}
    for name in dict.fromkeys(name for parts in found for name in parts):
        [(fingerprint, _)] = Counter(parts.get(name, "") for parts in found).most_common(1)  # the first of equals
        if fingerprint or name == ARGUMENTS:
            result[name] = fingerprint
    return result


def difference(node: NodeStatus, agreed: dict[str, str]) -> str:
    """Return how this node would answer unlike the others; empty if it would not."""
    own = _parts(node)
    for name, fingerprint in agreed.items():
        mine = own.get(name, "")
        if mine == fingerprint:
            continue
        if name == ARGUMENTS:
            return f"Its LLAMA_ARGS are “{mine}”, those of the other nodes “{fingerprint}”."
        if not mine:
            return f"It has no usable model {name}, as the other nodes have. Copy the file to it."
        return f"Its file of {name} is not that of the other nodes. Copy theirs to it."
    return ""


def namesake(node: NodeStatus, nodes: Sequence[NodeStatus]) -> str:
    """Return what is wrong if another of these nodes has the name of this one, and has had it longer.

    A node that is listed twice is no other one. Operators and the history tell nodes apart by their names.
    """
    if any(each.node == node.node and each.started < node.started for each in nodes):
        return f"Another node is called {node.node} too. Set another NODE_NAME for one of them."
    return ""


def _parts(node: NodeStatus) -> dict[str, str]:
    models = {each.id: each.fingerprint for each in node.models if each.state is not ModelState.FAILED or not each.size}
    return {ARGUMENTS: node.arguments, **models}
