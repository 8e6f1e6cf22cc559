"""The page `/docs/`: Swagger UI, which lists the API and tries it."""

from __future__ import annotations

from csp.decorators import csp_update
from drf_spectacular.views import SpectacularSwaggerSplitView

from bitnetsite.accounts.access import page

# Its style sheet has pictures in it, as data.
docs = page(csp_update({"img-src": "data:"})(SpectacularSwaggerSplitView.as_view(url_name="schema")))
