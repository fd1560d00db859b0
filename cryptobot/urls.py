"""Pages of each app, /api/, /admin/, health."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("cryptobot.api_urls")),
    path("", include("accounts.urls")),
    path("", include("exchanges.urls")),
    path("", include("backtesting.urls")),
    path("", include("bots.urls")),
]
