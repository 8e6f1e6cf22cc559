"""Signals of this app. Receivers run in the sending thread."""

from django.dispatch import Signal

# Sent when changed settings have come into force. `before`, `after`: Configuration.
configuration_changed = Signal()

# Sent once a day in a separate thread, and by `manage.py prune_history`. A receiver deletes its expired rows, and
# returns a line that says what it deleted, or None. With `dry_run` it deletes nothing.
daily_cleaning = Signal()

# Sent when the served models have changed, or what is known of them, also as the engine starts. On the event loop.
served_models_changed = Signal()
