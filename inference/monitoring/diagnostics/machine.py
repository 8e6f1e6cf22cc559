"""Checks of the machine: processor, memory, disk."""

from __future__ import annotations

from typing import Final

from inference.machine.reading import Reading

from .check import GIB, MIB, Check, Evidence, Verdict, count, in_bytes, in_cores

LEAST_MEMORY: Final = 256 * MIB
LEAST_DISK: Final = GIB


def checks(evidence: Evidence) -> list[Check]:
    """Return all checks of a machine."""
    return [
        throttled(evidence),
        stolen(evidence),
        others(evidence),
        swap(evidence),
        memory(evidence),
        model_in_memory(evidence),
        heat(evidence),
        disk(evidence.now),
    ]


def throttled(evidence: Evidence) -> Check:
    """Check how often the cgroup used up its processor quota."""
    name, before, now = "Processor quota", evidence.before.throttling, evidence.now.throttling
    if before is None or now is None:
        return Check(name, Verdict.UNKNOWN, "no figures")
    periods = now.periods - before.periods
    if periods <= 0:
        return Check(name, Verdict.FINE, "none" if not now.periods else "not used")
    share = (now.throttled - before.throttled) / periods
    number = f"{share:.0%} of periods, {now.seconds - before.seconds:.1f} s paused in {evidence.seconds:.1f} s"
    if share < 0.05:
        return Check(name, Verdict.FINE, number)
    reason = (
        f"The container used up its processor quota in {share:.0%} of the periods, and was paused until the next one."
    )
    advice = "Raise its limit (cpus in docker-compose.yml), or set MAX_THREADS to no more than its whole cores."
    return Check(name, Verdict.SLOW, number, share, reason, advice)


def stolen(evidence: Evidence) -> Check:
    """Check the processor time that the host gave to other virtual machines."""
    name, before, now = "Stolen by the host", evidence.before.times, evidence.now.times
    if before is None or now is None or now.total <= before.total:
        return Check(name, Verdict.UNKNOWN, "no figures")
    share = (now.stolen - before.stolen) / (now.total - before.total)
    if share < 0.03:
        return Check(name, Verdict.FINE, f"{share:.1%}")
    reason = f"The host gave {share:.0%} of this machine’s processor time to other virtual machines."
    advice = "Ask the operator of the host for dedicated cores, or move to another host."
    return Check(name, Verdict.SLOW, f"{share:.0%}", share, reason, advice)


def others(evidence: Evidence) -> Check:
    """Check whether other programs leave the engine fewer cores than it uses."""
    name, before, now = "Other programs", evidence.before, evidence.now
    if before.times is None or now.times is None or before.ours is None or now.ours is None:
        return Check(name, Verdict.UNKNOWN, "no figures")
    busy = (now.times.busy - before.times.busy) / evidence.seconds
    ours = max(0.0, now.ours.seconds - before.ours.seconds) / evidence.seconds
    used = max(0.0, busy - ours)
    number = f"{used:.1f} of {in_cores(now.cores)} (this server {ours:.1f})"
    status = evidence.status
    team = status.threads if status else 1
    leased = sum(len(lease.cores) for lease in status.leases) if status else 0
    wanted = max(team, leased)
    missing = min(max(0.0, used + wanted - now.cores), wanted) / wanted
    if missing < 0.15:
        return Check(name, Verdict.FINE, number)
    reason = f"Other programs use {used:.1f} of {in_cores(now.cores)}, and the engine needs {wanted}."
    if leased and team > 1:
        reason += " If one of its threads waits, all of them do."
    advice = "Stop them or move them to another machine; top lists them."
    if team > (left := max(1, int(now.cores - used))):
        advice += f" Until then, answers are faster with MAX_THREADS at {left}."
    return Check(name, Verdict.SLOW, number, missing, reason, advice)


def swap(evidence: Evidence) -> Check:
    """Check whether memory is swapped to a disk and back."""
    name, before, now = "Swap", evidence.before.swapped, evidence.now.swapped
    if before is None or now is None:
        return Check(name, Verdict.UNKNOWN, "no figures")
    inward, outward = ((now[way] - before[way]) / MIB / evidence.seconds for way in (0, 1))
    number = f"{inward:.1f} MiB/s in, {outward:.1f} MiB/s out"
    if inward + outward < 1:
        return Check(name, Verdict.FINE, number)
    reason = f"The machine swaps, {inward + outward:.1f} MiB a second: a disk is a thousand times slower than memory."
    advice = "Lower RESIDENT_INSTANCES or the context, choose a smaller model, or add memory."
    return Check(name, Verdict.SLOW, number, min(1.0, 0.5 + (inward + outward) / 200), reason, advice)


def memory(evidence: Evidence) -> Check:
    """Check free memory, waits for it, and processes killed for lack of it."""
    name, before, now = "Memory", evidence.before, evidence.now
    if now.memory is None:
        return Check(name, Verdict.UNKNOWN, "no figures")
    number = f"{in_bytes(now.memory)} left"
    advice = "Lower RESIDENT_INSTANCES or the context, choose a smaller model, or add memory."
    if now.memory_pressure:
        number += f", {now.memory_pressure.some:.0f}% of the time waited for"
    if now.killed is not None and before.killed is not None and now.killed > before.killed:
        reason = (
            f"The kernel has just killed {now.killed - before.killed} of the container’s processes: no memory was left."
        )
        return Check(name, Verdict.SLOW, number, 1.0, reason, advice)
    if now.memory_pressure and now.memory_pressure.some >= 5:
        reason = f"In {now.memory_pressure.some:.0f}% of the last ten seconds, a process waited for memory."
        return Check(name, Verdict.SLOW, number, now.memory_pressure.some / 100, reason, advice)
    if now.memory < LEAST_MEMORY:
        return Check(name, Verdict.WATCH, number, 0.3, f"Only {in_bytes(now.memory)} of memory is left.", advice)
    if now.killed:
        reason = (
            f"The kernel has killed {count(now.killed, 'process', 'processes')} of the container for lack of memory."
        )
        return Check(name, Verdict.WATCH, number, 0.1, reason, advice)
    return Check(name, Verdict.FINE, number)


def model_in_memory(evidence: Evidence) -> Check:
    """Check whether the model is in memory: every token reads all of it."""
    name, before, now = "Model in memory", evidence.before, evidence.now
    faults = None
    if before.ours and now.ours:
        faults = max(0, now.ours.major_faults - before.ours.major_faults) / evidence.seconds
    parts = []
    if now.model_cached is not None:
        parts.append(f"{now.model_cached:.0%} of the file")
    if faults is not None:
        parts.append(f"{faults:.0f} reads from disk a second")
    if not parts:
        return Check(name, Verdict.UNKNOWN, "no figures")
    number, missing = ", ".join(parts), 1 - (1.0 if now.model_cached is None else now.model_cached)
    advice = "Lower RESIDENT_INSTANCES, stop other programs, or add memory."
    if faults is not None and faults >= 10:
        reason = f"The engine waited for the disk {faults:.0f} times a second for parts that were not in memory."
        return Check(name, Verdict.SLOW, number, max(missing, min(0.9, faults / 200)), reason, advice)
    if missing >= 0.1:
        reason = f"{missing:.0%} of the model’s file is not in memory, and will be read from the disk."
        return Check(name, Verdict.WATCH, number, missing, reason, advice)
    return Check(name, Verdict.FINE, number)


def heat(evidence: Evidence) -> Check:
    """Check whether the cores are slowed, to stay cool or to save power."""
    name, before, now = "Heat and clock", evidence.before, evidence.now
    parts = []
    if now.frequency:
        parts.append(f"{now.frequency[0]:,.0f} of {now.frequency[1]:,.0f} MHz")
    if now.temperature is not None:
        parts.append(f"{now.temperature:.0f} °C")
    number = ", ".join(parts)
    if now.slowed is not None and before.slowed is not None and now.slowed > before.slowed:
        reason = "The processor has just slowed itself down, because it is too hot."
        return Check(name, Verdict.SLOW, number or "throttled", 0.4, reason, "Check its cooling.")
    if not parts:
        return Check(name, Verdict.UNKNOWN, "no figures")
    computing = evidence.status is not None and bool(evidence.status.leases)
    if now.frequency and computing and (share := now.frequency[0] / now.frequency[1]) < 0.6:
        reason = f"The cores run at {share:.0%} of their highest clock while an answer is generated."
        advice = "Check the power plan (the cpufreq governor) and the cooling."
        return Check(name, Verdict.WATCH, number, 1 - share, reason, advice)
    return Check(name, Verdict.FINE, number)


def disk(now: Reading) -> Check:
    """Check free space for history and chats, and waits for the disk."""
    name = "Disk"
    if now.disk is None:
        return Check(name, Verdict.UNKNOWN, "no figures")
    number = f"{in_bytes(now.disk)} free"
    if now.io_pressure:
        number += f", {now.io_pressure.some:.0f}% of the time waited for"
    if now.disk < LEAST_DISK:
        reason = f"Only {in_bytes(now.disk)} are free for chats and history. Without space, they cannot be saved."
        return Check(name, Verdict.WATCH, number, 0.1, reason, "Free some space, or keep fewer days of history.")
    if now.io_pressure and now.io_pressure.full >= 20:
        reason = f"In {now.io_pressure.full:.0f}% of the last ten seconds, all processes waited for a disk."
        return Check(
            name,
            Verdict.SLOW,
            number,
            now.io_pressure.full / 100,
            reason,
            "Find out which program uses it; see iotop.",
        )
    return Check(name, Verdict.FINE, number)
