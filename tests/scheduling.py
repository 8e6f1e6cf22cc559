"""How pytest-xdist distributes the tests over its workers: by file, long ones first, serial tests alone at the end.

Tests marked `serial` measure time or memory. They run on one worker, after the other workers have finished. The soak
has a worker of its own from the start, which runs nothing else.
"""

from __future__ import annotations

import pytest
from _pytest.nodeid import NodeId
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

from tests.engine_processes import SOAK

SERIAL = "serial"
LONG_SOAK = "tests/promises/test_soak.py"  # with SOAK=1, half an hour in which it mostly waits
# One browser and one set of servers for the files of this folder, and one for its folders: the two longest units.
BROWSER, BROWSER_FOLDERS = "tests/browser/", "tests/browser/*/"
# They have few tests, which wait for long. pytest-xdist itself begins with the files that have the most tests.
FIRST = (
    BROWSER,
    "tests/chat/transport/test_server",
    "tests/inference/serving/test_server",
    "tests/promises/",
    "tests/inference/api/streams/",
    "tests/inference/engine/llama_cli/test_",
)


class SerialLastScheduling(LoadGroupScheduling):
    """Schedule units of work (files, or those of browser tests), and the unit of serial tests last."""

    _serial_node: WorkerController | None = None

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.endswith(f"@{SERIAL}"):
            return SERIAL
        file = nodeid.split("::")[0]
        if file.startswith(BROWSER):
            return BROWSER_FOLDERS if "/" in file.removeprefix(BROWSER) else BROWSER
        return file

    def _assign_work_unit(self, node: WorkerController) -> None:
        for scope in sorted(self.workqueue, key=_rank):
            self.workqueue.move_to_end(scope)
        if SOAK and LONG_SOAK in self.workqueue:
            self.workqueue.move_to_end(LONG_SOAK, last=False)
            super()._assign_work_unit(node)
            if len(self.nodes) > 1:
                node.shutdown()  # after the soak
            return
        if next(iter(self.workqueue)) != SERIAL:
            super()._assign_work_unit(node)
            return
        if self._serial_node is None:
            self._serial_node = node
            for other in self.nodes:
                if other is not node and not other.shutting_down:
                    other.shutdown()  # it finishes its tests first
        others = [work for other, work in self.assigned_work.items() if other is not node]
        if node is self._serial_node and not any(map(self._pending_of, others)):
            super()._assign_work_unit(node)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        if self._serial_node is not None and node is not self._serial_node:
            self._reschedule(self._serial_node)

    def remove_node(self, node: WorkerController) -> str | None:
        if node is self._serial_node:  # it crashed; its successor runs the rest
            self._serial_node = None
        return super().remove_node(node)


def _rank(scope: str) -> int:
    """Return the place of a unit in the order of work. Those of the same place stay in pytest-xdist's order."""
    if scope == SERIAL:
        return len(FIRST) + 1
    return next((place for place, prefix in enumerate(FIRST) if scope.startswith(prefix)), len(FIRST))


def mark_serial_group(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the group's name into the ids of serial tests, which is all that the scheduler sees of a test.

    pytest-xdist 3.8 does so for its own mark, but in an attribute that pytest 9.2 no longer reads.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        if item.get_closest_marker(SERIAL):
            item._id = NodeId.parse(f"{item.nodeid}@{SERIAL}")
