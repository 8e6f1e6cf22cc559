"""Conversations: reads, writes, branches, search."""
