"""/api/: one include per app, schema, docs, health and metrics."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from foundation.edge import health

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    # "Split": its script is a file of its own, as our content policy wants it.
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("health", health.Health.as_view(), name="health"),
    path("health/live", health.Live.as_view(), name="health-live"),
    path("health/ready", health.Ready.as_view(), name="health-ready"),
    path("metrics", health.Metrics.as_view(), name="metrics"),
    path("", include("accounts.api.urls")),
    path("", include("exchanges.api.urls")),
    path("", include("bots.api.urls")),
    path("", include("backtesting.api.urls")),
]
