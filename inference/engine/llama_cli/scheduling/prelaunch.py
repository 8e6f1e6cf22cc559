"""What is worth launching ahead: replays of conversations that are likely to go on, and standbys for new ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from inference.engine.llama_cli.process.profile import Profile

from .slots import Role, Slot, Ticket


class Wanted:
    """`default`: what new conversations most likely ask for."""

    def __init__(self, default: Profile) -> None:
        self.default = default
        self._recent: Profile | None = None  # asked for last, the default apart
        self._unfit: Profile | None = None  # a default that does not fit into its context
        self._replays: OrderedDict[str, Profile] = OrderedDict()  # conversation → the profile that replays it

    @property
    def replays(self) -> set[str]:
        """Keys of the transcripts that are to be replayed."""
        return set(self._replays)

    def asked(self, ticket: Ticket) -> None:
        """Somebody asks for this, and others may do so too."""
        profile = ticket.profile
        if profile.sampling.seed is None and ticket.first and not self.default.can_start(profile):
            self._recent = profile

    def replay(self, conversation: str, profile: Profile, most: int) -> None:
        """That transcript is likely to be continued. The latest `most` are kept in mind."""
        if profile.engine != self.default.engine or profile.threads > self.default.threads:
            return  # planned before a change
        self._replays[conversation] = profile
        self._bound(most)

    def there(self, conversation: str) -> None:
        """A process holds that transcript, or is about to: no replay is needed."""
        self._replays.pop(conversation, None)

    def failed(self, profile: Profile, *, unfit: bool) -> None:
        """A launch ahead for new conversations failed. The recent profile is tried once, one that is `unfit` too."""
        if profile == self._recent:
            self._recent = None
        if unfit and profile == self.default:
            self._unfit = profile

    def change(self, default: Profile, most: int) -> list[str]:
        """Another default, and `most` replays. Returns those that are of no use any more, and are forgotten."""
        before, self.default = self.default, default
        if self._recent and (default.can_start(self._recent) or not self._recent.survives_reconfigure(before, default)):
            self._recent = None
        lost = [key for key, profile in self._replays.items() if not profile.survives_reconfigure(before, default)]
        for conversation in lost:
            del self._replays[conversation]
        self._bound(most)
        return lost

    def next_launch(self, slots: Sequence[Slot], standbys: int) -> tuple[str | None, Profile] | None:
        """A conversation and its profile, taken off the list; or a standby's profile; or nothing.

        Replays come first, the latest before the others: somebody is likely to come back for it.
        """
        if self._replays:
            return self._replays.popitem()
        missing, _ = self.standbys(slots, standbys)
        return (None, missing[0]) if missing else None

    def standbys(self, slots: Sequence[Slot], count: int) -> tuple[list[Profile], list[Slot]]:
        """The wanted profiles that no standby has, and the standbys that are not wanted any more."""
        default = [] if self.default == self._unfit else [self.default]
        wanted = default + ([self._recent] if self._recent else [])
        missing = (wanted + default * count)[:count]
        unwanted = []
        for slot in slots:
            if slot.role is Role.STANDBY and slot.profile in missing:
                missing.remove(slot.profile)
            elif slot.role is Role.STANDBY:
                unwanted.append(slot)
        return missing, unwanted

    def _bound(self, most: int) -> None:
        while len(self._replays) > most:
            self._replays.popitem(last=False)
