"""What to launch ahead of demand: replays of conversations that are likely to continue, and standbys for new ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence

from inference.engine.llama_cli.process.profile import Profile

from .slots import Role, Slot, Ticket


class PrelaunchPlan:
    """`default`: the profile that new conversations most likely ask for. `engines`: of the loaded models."""

    def __init__(self, default: Profile) -> None:
        self.default = default
        self.engines = {default.engine}
        self._recent: Profile | None = None  # the last one asked for that the default does not serve
        self._unfit: Profile | None = None  # a default whose initial prompt does not fit into its context
        self._replays: OrderedDict[str, Profile] = OrderedDict()  # conversation → the profile that replays it

    @property
    def replays(self) -> set[str]:
        """Return the keys of the transcripts to be replayed."""
        return set(self._replays)

    def requested(self, ticket: Ticket) -> None:
        """Record what a ticket asks for, since others may ask for the same."""
        profile = ticket.profile
        if profile and profile.sampling.seed is None and ticket.first and not self.default.can_start(profile):
            self._recent = profile

    def add_replay(self, conversation: str, profile: Profile, limit: int) -> None:
        """Plan to replay a transcript that is likely to be continued. Only the latest `limit` are kept."""
        if profile.engine not in self.engines or profile.threads > self.default.threads:
            return  # planned before a reconfiguration
        self._replays[conversation] = profile
        self._bound(limit)

    def discard_replay(self, conversation: str, engine: str) -> None:
        """Forget a replay: a process of that engine holds the transcript, or is about to."""
        if conversation in self._replays and self._replays[conversation].engine == engine:
            del self._replays[conversation]

    def failed(self, profile: Profile, *, unfit: bool) -> None:
        """Record that a prelaunch failed. `unfit`: its initial prompt does not fit, so it is not tried again.

        The recent profile is tried once.
        """
        if profile == self._recent:
            self._recent = None
        if unfit and profile == self.default:
            self._unfit = profile

    def reconfigure(self, default: Profile, engines: Iterable[str], limit: int) -> list[str]:
        """Replace default, engines and the limit of replays. Return the conversations whose replays are lost."""
        before, self.default, self.engines = self.default, default, {default.engine, *engines}
        recent = self._recent
        if recent and (default.can_start(recent) or not self.survives(recent, before)):
            self._recent = None
        lost = [key for key, profile in self._replays.items() if not self.survives(profile, before)]
        for conversation in lost:
            del self._replays[conversation]
        self._bound(limit)
        return lost

    def survives(self, profile: Profile, before: Profile) -> bool:
        """Return whether a process of this profile is still useful after the default was `before`."""
        return profile.engine in self.engines and profile.survives_reconfigure(before, self.default)

    def take_next(
        self, slots: Sequence[Slot], standbys: int, held_back: Container[str] = ()
    ) -> tuple[str | None, Profile] | None:
        """Return what to launch next: a conversation and its profile, or None and a standby's profile.

        Replays come first, the latest before the others: its caller is the most likely one to come back. `held_back`:
        engines of which nothing is launched.
        """
        for conversation, profile in reversed(self._replays.items()):
            if profile.engine not in held_back:
                del self._replays[conversation]
                return conversation, profile
        missing, _ = self.standbys(slots, standbys)
        return next(((None, profile) for profile in missing if profile.engine not in held_back), None)

    def standbys(self, slots: Sequence[Slot], count: int) -> tuple[list[Profile], list[Slot]]:
        """Return the profiles that lack a standby, and the standbys that are not needed."""
        default = [] if self.default == self._unfit else [self.default]
        planned = default + ([self._recent] if self._recent else [])
        missing = (planned + default * count)[:count]
        superfluous = []
        for slot in slots:
            if slot.role is Role.STANDBY and slot.profile in missing:
                missing.remove(slot.profile)
            elif slot.role is Role.STANDBY:
                superfluous.append(slot)
        return missing, superfluous

    def _bound(self, limit: int) -> None:
        while len(self._replays) > limit:
            self._replays.popitem(last=False)
