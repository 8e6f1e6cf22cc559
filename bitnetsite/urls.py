"""Where requests go."""

from django.urls import include, path

urlpatterns = [
    path("", include("inference.urls")),
    path("", include("chat.urls")),
    path("accounts/", include("chat.account_urls")),
]

handler400 = "bitnetsite.errors.bad_request"
handler403 = "bitnetsite.errors.forbidden"
handler404 = "bitnetsite.errors.not_found"
handler500 = "bitnetsite.errors.server_error"
