"""Addresses of the chat page and of its API."""

from django.urls import path

from . import views
from .transfer.views import ExportAllView, ExportView, ImportView

urlpatterns = [
    path("", views.chat_page, name="chat"),
    path("c/<uuid:conversation>", views.chat_page, name="conversation"),
    path("chat/conversations", views.ConversationsView.as_view()),
    path("chat/conversations/<uuid:conversation>", views.ConversationView.as_view()),
    path("chat/conversations/<uuid:conversation>/restore", views.RestoreView.as_view()),
    path("chat/conversations/<uuid:conversation>/messages", views.MessagesView.as_view()),
    path("chat/conversations/<uuid:conversation>/branch", views.BranchView.as_view()),
    path("chat/conversations/<uuid:conversation>/export", ExportView.as_view()),
    path("chat/export", ExportAllView.as_view(), name="export-all"),
    path("chat/import", ImportView.as_view()),
    path("chat/presets", views.PresetsView.as_view()),
    path("chat/presets/<uuid:preset>", views.PresetView.as_view()),
    path("chat/status", views.StatusView.as_view()),
]
