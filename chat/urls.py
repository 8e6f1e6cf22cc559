"""The paths of the chat page and of its HTTP API."""

from django.urls import path

from . import views
from .conversations import message_views, preset_views
from .conversations import views as conversation_views
from .prompts import views as prompt_views
from .sharing import views as sharing_views
from .transfer.views import ExportAllView, ExportView, ImportView

urlpatterns = [
    path("", views.chat_page, name="chat"),
    path("c/<uuid:conversation>", views.chat_page, name="conversation"),
    path("app.webmanifest", views.manifest, name="manifest"),
    path("chat/conversations", conversation_views.ConversationsView.as_view()),
    path("chat/conversations/<uuid:conversation>", conversation_views.ConversationView.as_view()),
    path("chat/conversations/<uuid:conversation>/restore", conversation_views.RestoreView.as_view()),
    path("chat/conversations/<uuid:conversation>/messages", conversation_views.MessagesView.as_view()),
    path("chat/conversations/<uuid:conversation>/messages/<uuid:message>", message_views.MessageView.as_view()),
    path("chat/conversations/<uuid:conversation>/messages/<uuid:message>/restore", message_views.RestoreView.as_view()),
    path(
        "chat/conversations/<uuid:conversation>/messages/<uuid:message>/versions", message_views.VersionsView.as_view()
    ),
    path("chat/conversations/<uuid:conversation>/branch", conversation_views.BranchView.as_view()),
    path("chat/conversations/<uuid:conversation>/export", ExportView.as_view()),
    path("chat/export", ExportAllView.as_view(), name="export-all"),
    path("chat/import", ImportView.as_view()),
    path("chat/tags", conversation_views.TagsView.as_view()),
    path("chat/presets", preset_views.PresetsView.as_view()),
    path("chat/presets/<uuid:preset>", preset_views.PresetView.as_view()),
    path("chat/prompts", prompt_views.PromptsView.as_view()),
    path("chat/prompts/<uuid:prompt>", prompt_views.PromptView.as_view()),
    path("chat/shares", sharing_views.SharesView.as_view()),
    path("chat/shares/<str:token>", sharing_views.ShareView.as_view()),
    path("s/<str:token>", sharing_views.shared_page, name="shared"),
    path("chat/diagram", views.diagram, name="diagram"),
    path("chat/status", views.StatusView.as_view()),
]
