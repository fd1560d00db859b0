"""REST endpoints, mounted under /api/."""

from django.urls import path

from accounts.api import auth

urlpatterns = [
    path("auth/login", auth.LoginApi.as_view(), name="api-login"),
    path("auth/refresh", auth.RefreshApi.as_view(), name="api-refresh"),
    path("auth/logout", auth.LogoutApi.as_view(), name="api-logout"),
    path("auth/me", auth.MeApi.as_view(), name="api-me"),
    path("auth/preferences", auth.PreferencesApi.as_view(), name="api-preferences"),
    path("auth/change-password", auth.ChangePasswordApi.as_view(), name="api-change-password"),
]
