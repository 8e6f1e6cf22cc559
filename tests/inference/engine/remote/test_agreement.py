"""Which nodes would answer alike."""

from __future__ import annotations

import pytest

from inference.engine import EngineHealth, EngineState, EngineStatus, ModelInfo, ModelState
from inference.engine.remote.addresses import NodeAddress, resolve
from inference.engine.remote.agreement import agreed, difference
from inference.engine.remote.status import joint_models
from inference.engine.wire import NodeStatus


def node(name: str, arguments: str = "", state: ModelState = ModelState.AVAILABLE, **models: str) -> NodeStatus:
    """A node with these models, by id, with the fingerprints of their files."""
    return NodeStatus(
        node=name,
        version=1,
        started=0.0,
        revision=1,
        failure="",
        excluded="",
        held="",
        installed={},
        program="llama-cli",
        arguments=arguments,
        cores=1,
        free_memory=1,
        health=EngineHealth(EngineState.RUNNING),
        engine=EngineStatus("running", "a"),
        models=tuple(ModelInfo(key, key, state, size=1, fingerprint=value) for key, value in models.items()),
    )


@pytest.mark.parametrize(
    ("nodes", "excluded"),
    [
        ([node("1", a="x"), node("2", a="x")], {}),
        ([node("1", a="x"), node("2", a="y"), node("3", a="y")], {"1": "file of a"}),
        ([node("2", a="y"), node("1", a="x")], {"2": "file of a"}),  # of equals, the first by name is right
        ([node("1", a="x", b="z"), node("2", a="x", b="z"), node("3", a="x")], {"3": "no usable model b"}),
        ([node("1", a="x", b="z"), node("2", a="x"), node("3", a="x")], {}),  # b is not offered
        ([node("1", a="x"), node("2", a="x"), node("3", "-b 1", a="x")], {"3": "LLAMA_ARGS"}),
        ([node("1", a="x"), node("2", a="x"), node("3", a="x", state=ModelState.FAILED)], {"3": "no usable model a"}),
    ],
)
def test_a_node_that_would_answer_unlike_most_is_excluded(nodes: list[NodeStatus], excluded: dict[str, str]) -> None:
    right = agreed(nodes)
    found = {each.node: problem for each in nodes if (problem := difference(each, right))}
    assert found.keys() == excluded.keys()
    for name, reason in excluded.items():
        assert reason in found[name]


def test_only_what_all_working_nodes_have_is_offered_in_its_best_state() -> None:
    first, second = node("1", a="x", b="y"), node("2", a="x", c="z", state=ModelState.LOADED)
    assert [(each.id, each.state) for each in joint_models([first, second], "a")] == [("a", "loaded")]
    assert joint_models([], "a") == ()
    both = node("1", a="x", b="y"), node("2", a="x", b="y")
    assert [each.id for each in joint_models(both, "b")] == ["b", "a"]


async def test_a_name_stands_for_its_addresses_and_keeps_them_while_it_cannot_be_resolved() -> None:
    urls = ("http://localhost:8100", "http://127.0.0.1:8101", "https://nowhere.invalid:8100")
    known = {urls[2]: [NodeAddress("https://10.0.0.1:8100", "nowhere.invalid")]}
    found = await resolve(urls, known)
    assert found == {urls[0]: [NodeAddress(urls[0])], urls[1]: [NodeAddress(urls[1])], **known}
    assert await resolve(urls[2:], {}) == {urls[2]: [NodeAddress(urls[2])]}
