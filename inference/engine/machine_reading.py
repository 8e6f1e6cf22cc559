"""What a machine of the engine reports, when an operator asks why it is slow."""

from __future__ import annotations

from dataclasses import dataclass

from inference.machine.reading import Reading

from .status import EngineStatus


@dataclass(frozen=True, slots=True)
class MachineReading:
    """The machine, and the part of the engine on it."""

    reading: Reading
    engine: EngineStatus
