"""Accounts, sessions and owners."""
