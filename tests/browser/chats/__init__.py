"""Chats and files that people bring, keep for a moment or pass on."""
