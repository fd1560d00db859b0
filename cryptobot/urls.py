"""Pages of each app, /api/, /binance/, /admin/, health."""

from django.contrib import admin
from django.urls import include, path

from accounts.pages import sign_in
from foundation.edge import health

admin.site.site_header = admin.site.site_title = "Cryptobot administration"
urlpatterns = [
    path("admin/login/", sign_in.admin_door),  # one way in, with one brake
    path("admin/", admin.site.urls),
    path("api/", include("cryptobot.api_urls")),
    path("binance/", include("exchanges.binance_api.addresses")),
    path("health", health.Health.as_view()),
    path("health/live", health.Live.as_view()),
    path("health/ready", health.Ready.as_view()),
    path("", include("accounts.urls")),
    path("", include("exchanges.urls")),
    path("", include("backtesting.urls")),
    path("", include("bots.urls")),
]
handler400 = "foundation.edge.pages.bad_request"
handler403 = "foundation.edge.pages.permission_denied"
handler404 = "foundation.edge.pages.page_not_found"
handler500 = "foundation.edge.pages.server_error"
handler429 = "foundation.edge.pages.too_many"  # asked for by django-allauth
