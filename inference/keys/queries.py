"""How API keys are made and found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from .api_keys import digest_of, matches, new_key, prefix_of

if TYPE_CHECKING:
    from inference.models import ApiKey


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def issue(self, **fields: Any) -> tuple[ApiKey, str]:
        """Make a key: its row, and the key itself, which nobody can be told again."""
        key = new_key()
        return self.create(prefix=prefix_of(key), digest=digest_of(key), **fields), key

    def known(self, key: str) -> ApiKey | None:
        """The row of this key with its owner, whatever its state, by one query at most."""
        prefix = prefix_of(key)
        row = self.select_related("user").filter(prefix=prefix).first() if prefix else None
        return row if row and matches(key, row.digest) else None

    def usable(self, now: datetime) -> Self:
        """Those that open something."""
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))
