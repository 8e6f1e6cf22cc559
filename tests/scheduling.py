"""How pytest-xdist distributes the tests over its workers: file by file, and serial tests alone at the end.

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
BROWSER = "tests/browser/"  # one browser and one set of servers for each folder in it; the longest units, so the first


class SerialLastScheduling(LoadGroupScheduling):
    """Schedule units of work (files, or a folder of browser tests), and the unit of serial tests last."""

    _serial_node: WorkerController | None = None

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.endswith(f"@{SERIAL}"):
            return SERIAL
        file = nodeid.split("::")[0]
        return file.rpartition("/")[0] + "/" if file.startswith(BROWSER) else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        if SERIAL in self.workqueue:
            self.workqueue.move_to_end(SERIAL)
        for scope in sorted((each for each in self.workqueue if each.startswith(BROWSER)), reverse=True):
            self.workqueue.move_to_end(scope, last=False)  # the folder itself, which is the longest, before those in it
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


def mark_serial_group(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the group's name into the ids of serial tests, which is all that the scheduler sees of a test.

    pytest-xdist 3.8 does so for its own mark, but in an attribute that pytest 9.2 no longer reads.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        if item.get_closest_marker(SERIAL):
            item._id = NodeId.parse(f"{item.nodeid}@{SERIAL}")
