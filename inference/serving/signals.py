"""What the server tells those who want to know. Receivers are called in the thread where it happens."""

from django.dispatch import Signal

# `before`, `after`: Configuration. What the operator set is in force now; sent after it is.
configuration_changed = Signal()

# Once a day, and by `manage.py prune_history`, in a thread of its own: erase what is too old. A receiver returns a line
# that says what it erased, or None; `dry_run`: only say so.
daily_cleaning = Signal()
