"""The inference app's sections of the administration."""

from . import events, generations, keys, settings  # noqa: F401 – they register
