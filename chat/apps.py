"""The chat app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        """Connect the chat to sign-ins, deleted sessions, changes of settings and models, and the daily cleaning."""
        from inference.serving.signals import configuration_changed, daily_cleaning, served_models_changed

        from .accounts import sessions, visitor_claim
        from .conversations import deletion
        from .transport import presence

        user_logged_in.connect(visitor_claim.claim_for_user)
        post_delete.connect(sessions.session_deleted, "sessions.Session")
        configuration_changed.connect(presence.notify_status)
        served_models_changed.connect(presence.notify_status)
        daily_cleaning.connect(deletion.erase_deleted)
        daily_cleaning.connect(deletion.erase_temporary)
        daily_cleaning.connect(deletion.erase_deleted_messages)
        daily_cleaning.connect(deletion.erase_sessions)
        daily_cleaning.connect(deletion.erase_unreachable)
