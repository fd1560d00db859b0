"""REST endpoints, mounted under /api/."""

from django.urls import path

from accounts.api import api_keys, auth, notifications
from accounts.api import key_schema as key_schema  # drf-spectacular finds it once it is imported

urlpatterns = [
    path("auth/login", auth.LoginApi.as_view(), name="api-login"),
    path("auth/refresh", auth.RefreshApi.as_view(), name="api-refresh"),
    path("auth/logout", auth.LogoutApi.as_view(), name="api-logout"),
    path("auth/me", auth.MeApi.as_view(), name="api-me"),
    path("auth/preferences", auth.PreferencesApi.as_view(), name="api-preferences"),
    path("auth/change-password", auth.ChangePasswordApi.as_view(), name="api-change-password"),
    path("auth/api-keys", api_keys.ApiKeysApi.as_view(), name="api-keys"),
    path("auth/api-keys/<int:key_id>", api_keys.ApiKeyApi.as_view(), name="api-key"),
    path("notifications/channels", notifications.ChannelsApi.as_view()),
    path("notifications/channels/<int:channel_id>", notifications.ChannelApi.as_view()),
    path("notifications/channels/<int:channel_id>/test", notifications.ChannelTestApi.as_view()),
    path("notifications/messages", notifications.MessagesApi.as_view()),
    path("notifications/messages/<int:message_id>", notifications.MessageApi.as_view()),
    path("notifications/preferences", notifications.NotificationPreferencesApi.as_view()),
]
