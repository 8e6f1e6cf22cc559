"""Branches of trees of messages."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.conversations.branches import Tree, newest_leaf, path, read_tree, siblings
from tests.chat.browser import Browser, add, conversation, path_of

pytestmark = pytest.mark.django_db


@st.composite
def trees(draw: st.DrawFn) -> dict[UUID, UUID | None]:
    """Messages, oldest first, each below an older one or none."""
    ids = [UUID(int=number) for number in range(draw(st.integers(1, 40)))]
    return {each: draw(st.sampled_from([None, *ids[:at]])) for at, each in enumerate(ids)}


@given(trees())
def test_every_path_runs_from_a_first_message_to_its_end(parents: dict[UUID, UUID | None]) -> None:
    tree = Tree(parents)
    for each in parents:
        path = tree.path(each)
        assert path[-1] == each
        assert [parents[step] for step in path] == [None, *path[:-1]]


@given(trees())
def test_siblings_have_the_same_parent_and_are_ordered_by_age(parents: dict[UUID, UUID | None]) -> None:
    tree = Tree(parents)
    for each in parents:
        assert tree.siblings(each) == sorted(other for other in parents if parents[other] == parents[each])


@given(trees())
def test_the_newest_leaf_is_the_newest_end_of_the_branches_through_a_message(parents: dict[UUID, UUID | None]) -> None:
    tree = Tree(parents)
    ends = parents.keys() - set(parents.values())
    assert tree.newest() == max(ends)
    for each in parents:
        assert tree.newest_leaf(each) == max(end for end in ends if each in tree.path(end))


@given(trees(), st.data())
def test_messages_that_are_their_own_ancestors_are_found(parents: dict[UUID, UUID | None], data: st.DataObject) -> None:
    assert Tree(parents).unreachable() == set()
    bent = data.draw(st.sampled_from(sorted(parents)))
    tree = Tree(
        parents | {bent: data.draw(st.sampled_from([each for each in parents if bent in Tree(parents).path(each)]))}
    )
    assert tree.unreachable() == {each for each in parents if bent in Tree(parents).path(each)}


def test_an_empty_tree_has_an_empty_path_and_no_newest_end() -> None:
    assert Tree({}).path(None) == []
    assert Tree({}).newest() is None


def test_a_long_conversation_needs_no_recursion() -> None:
    ids = [UUID(int=number) for number in range(50_000)]
    tree = Tree(dict(zip(ids, [None, *ids], strict=False)))
    assert tree.newest_leaf(ids[0]) == ids[-1]
    assert tree.path(ids[-1]) == ids
    assert tree.unreachable() == set()


def test_a_tree_is_read_with_one_query(django_assert_num_queries: object) -> None:
    row = conversation(Browser().owner, "One?", "One.", "Two?", "Two.")
    question = row.messages.get(text="Two?")
    other = add(row, row.messages.get(text="One."), "Three?")
    with django_assert_num_queries(1):
        assert len(path(row, row.leaf_id)) == 4
    with django_assert_num_queries(1):
        assert siblings([question, other]) == {each.id: [question.id, other.id] for each in (question, other)}
    with django_assert_num_queries(1):
        assert newest_leaf(row, question.id) == row.leaf_id
    assert other.id in read_tree(row)


def test_a_chosen_branch_is_shown_to_its_newest_end() -> None:
    browser = Browser()
    row = conversation(browser.owner, "One?", "One.", "Two?", "Two.")
    edited = add(row, row.messages.get(text="One."), "Three?")
    answer = add(row, edited, "Three.")
    newer = add(row, edited, "Three again.")
    before = browser.get(path_of(row, "messages"))
    assert [message["text"] for message in before["messages"]] == ["One?", "One.", "Two?", "Two."]
    page = browser.post(path_of(row, "branch"), {"message": str(edited.id)})
    assert [message["text"] for message in page["messages"]] == ["One?", "One.", "Three?", "Three again."]
    assert page["messages"][3]["siblings"] == [str(answer.id), str(newer.id)]
    assert page["messages"][2]["siblings"] == [before["messages"][2]["id"], str(edited.id)]
    assert browser.get(path_of(row, "messages")) == page
    row.refresh_from_db()
    assert row.leaf_id == newer.id


def test_a_branch_of_another_conversation_cannot_be_chosen() -> None:
    browser = Browser()
    row, other = (conversation(browser.owner, "One?", "One.") for _ in range(2))
    error = browser.refused("POST", path_of(row, "branch"), {"message": str(other.leaf_id)}, 404)
    assert error == {"detail": "There is no such message in this conversation.", "code": "not_found"}
    assert "message" in browser.refused("POST", path_of(row, "branch"), {"message": "x"})["fields"]
    assert "messge" in browser.refused("POST", path_of(row, "branch"), {"messge": str(row.leaf_id)})["fields"]


def test_without_a_chosen_branch_the_newest_one_is_shown() -> None:
    browser = Browser()
    row = conversation(browser.owner, "One?", "One.")
    add(row, row.messages.get(text="One?"), "Another one.")
    row.leaf = None
    row.save()
    assert browser.get(path_of(row, "messages"))["messages"][-1]["text"] == "Another one."
