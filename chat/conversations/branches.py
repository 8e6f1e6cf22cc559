"""Paths through a conversation's tree of messages, from one light query of ids and parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from uuid import UUID

from chat.models import Conversation, Message


class Tree:
    """Who follows whom in one conversation. `parents`: of each message, the oldest message first.

    A message whose parent is not in the tree counts as a first one. Raises KeyError for an id that is not in the tree.
    """

    def __init__(self, parents: dict[UUID, UUID | None]) -> None:
        self.parents = {each: parent if parent in parents else None for each, parent in parents.items()}

    @cached_property
    def _children(self) -> dict[UUID | None, list[UUID]]:
        children: dict[UUID | None, list[UUID]] = defaultdict(list)
        for each, parent in self.parents.items():
            children[parent].append(each)
        return children

    @cached_property
    def _age(self) -> dict[UUID, int]:
        return {each: at for at, each in enumerate(self.parents)}

    def __contains__(self, message: object) -> bool:
        return message in self.parents

    def path(self, leaf: UUID | None) -> list[UUID]:
        """The branch that ends in `leaf`, its first message first; empty for None."""
        path: list[UUID] = []
        while leaf is not None:
            path.append(leaf)
            leaf = self.parents[leaf]
        return path[::-1]

    def siblings(self, message: UUID) -> list[UUID]:
        """The messages that follow what this one follows, itself included, the oldest first."""
        return list(self._children[self.parents[message]])

    def newest_leaf(self, message: UUID) -> UUID:
        """The newest of the ends of all branches through this message: itself where nothing follows it."""
        if message not in self:
            raise KeyError(message)
        ends, to_visit = [], [message]
        while to_visit:
            each = to_visit.pop()
            if below := self._children.get(each):
                to_visit += below
            else:
                ends.append(each)
        return max(ends, key=self._age.__getitem__)

    def unreachable(self) -> set[UUID]:
        """Messages that no path from a first message leads to: they follow themselves, or one that does."""
        lost = set(self.parents)
        to_visit = list(self._children.get(None, ()))
        while to_visit:
            each = to_visit.pop()
            lost.discard(each)
            to_visit += self._children.get(each, ())
        return lost

    def newest(self) -> UUID | None:
        """The newest end of all branches; None where there are no messages."""
        ends = [each for each in self.parents if not self._children.get(each)]
        return ends[-1] if ends else None


def read_tree(conversation: Conversation | UUID) -> Tree:
    """The tree of a conversation (or of the one with this id). One query; no texts."""
    key = conversation.pk if isinstance(conversation, Conversation) else conversation
    rows = Message.objects.filter(conversation_id=key).order_by("created_at", "id")
    return Tree(dict(rows.values_list("id", "parent_id")))


def path(conversation: Conversation, leaf: UUID | None) -> list[UUID]:
    """The ids of the branch that ends in `leaf`, its first message first. One query."""
    return read_tree(conversation).path(leaf)


def siblings(messages: Iterable[Message]) -> dict[UUID, list[UUID]]:
    """For each of these messages the ids of its siblings, itself included. One query for each conversation."""
    trees: dict[UUID, Tree] = {}
    found = {}
    for message in messages:
        key = message.conversation_id
        if key not in trees:
            trees[key] = read_tree(key)
        found[message.id] = trees[key].siblings(message.id)
    return found


def newest_leaf(conversation: Conversation, message: UUID) -> UUID:
    """The newest end of the branches through this message. One query. Raises KeyError where it is of another tree."""
    return read_tree(conversation).newest_leaf(message)
