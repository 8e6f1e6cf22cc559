"""The page `/docs/`: Swagger UI, to read about the API and try it."""

from __future__ import annotations

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated


class DocsView(SpectacularSwaggerSplitView):
    """Admits API keys too. Requests without one that may not enter are sent to the sign-in page."""

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]  # a redirect is no `Response`
        if isinstance(exc, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)


# Its style sheet contains images as data URLs.
docs = csp_update({"img-src": "data:"})(DocsView.as_view(url_name="schema"))
