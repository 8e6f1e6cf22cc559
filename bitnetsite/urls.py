"""The root URL configuration."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("inference.api.urls")),
    path("", include("chat.urls")),
    path("accounts/", include("chat.accounts.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]

handler400 = "bitnetsite.http.errors.bad_request"
handler403 = "bitnetsite.http.errors.forbidden"
handler404 = "bitnetsite.http.errors.not_found"
handler500 = "bitnetsite.http.errors.server_error"
