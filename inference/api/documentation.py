"""The page `/docs/`: Swagger UI, to read about the API and try it."""

from __future__ import annotations

from csp.decorators import csp_update
from drf_spectacular.views import SpectacularSwaggerSplitView

from bitnetsite.accounts.access import page

# Its style sheet contains images as data URLs.
docs = page(csp_update({"img-src": "data:"})(SpectacularSwaggerSplitView.as_view(url_name="schema")))
