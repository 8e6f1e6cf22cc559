"""Where requests go."""

from django.urls import include, path

urlpatterns = [path("", include("inference.urls"))]

handler400 = "inference.views.bad_request"
handler404 = "inference.views.not_found"
handler500 = "inference.views.server_error"
