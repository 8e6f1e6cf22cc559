"""Branches of a conversation's tree of messages, from one small query of ids and parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from uuid import UUID

from chat.models import Conversation, Message


class Tree:
    """The messages of one conversation. `parents`: by message, the oldest message first.

    A message whose parent is not in the tree counts as a first one. Methods raise KeyError for an unknown id.
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
        """Return the branch that ends in `leaf`, first message first; empty for None."""
        path: list[UUID] = []
        while leaf is not None:
            path.append(leaf)
            leaf = self.parents[leaf]
        return path[::-1]

    def siblings(self, message: UUID) -> list[UUID]:
        """Return the messages with the same parent, this one included, oldest first."""
        return list(self._children[self.parents[message]])

    def newest_leaf(self, message: UUID) -> UUID:
        """Return the newest end of the branches through this message: the message itself if nothing follows it."""
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

    def below(self, message: UUID) -> list[UUID]:
        """Return the message, and all that follows it on any branch, parents first."""
        if message not in self:
            raise KeyError(message)
        found = [message]
        for each in found:
            found += self._children.get(each, ())
        return found

    def unreachable(self) -> set[UUID]:
        """Return the messages that are not below a first message: they are their own ancestors, or below such."""
        lost = set(self.parents)
        to_visit = list(self._children.get(None, ()))
        while to_visit:
            each = to_visit.pop()
            lost.discard(each)
            to_visit += self._children.get(each, ())
        return lost

    def newest(self) -> UUID | None:
        """Return the newest end of all branches, or None where there are no messages."""
        ends = [each for each in self.parents if not self._children.get(each)]
        return ends[-1] if ends else None


def read_tree(conversation: Conversation | UUID) -> Tree:
    """Return the tree of a conversation, or of the one with this id, without deleted messages. One query, no texts."""
    key = conversation.pk if isinstance(conversation, Conversation) else conversation
    rows = Message.objects.not_deleted().filter(conversation_id=key).order_by("created_at", "id")
    return Tree(dict(rows.values_list("id", "parent_id")))


def path(conversation: Conversation, leaf: UUID | None) -> list[UUID]:
    """Return the ids of the branch that ends in `leaf`, first message first. One query."""
    return read_tree(conversation).path(leaf)


def siblings(messages: Iterable[Message]) -> dict[UUID, list[UUID]]:
    """Return the ids of each message's siblings, itself included. One query for each conversation."""
    trees: dict[UUID, Tree] = {}
    found = {}
    for message in messages:
        key = message.conversation_id
        if key not in trees:
            trees[key] = read_tree(key)
        found[message.id] = trees[key].siblings(message.id)
    return found


def newest_leaf(conversation: Conversation, message: UUID) -> UUID:
    """Return the newest end of the branches through this message. One query. Raise KeyError for another tree's."""
    return read_tree(conversation).newest_leaf(message)
