"""The sections of the administration that are about people: users, conversations, failed sign-ins."""

from . import conversations, sign_ins, users  # noqa: F401 – they register
