"""REST endpoints, mounted under /api/."""

from django.urls import path

from accounts.api import admin, api_keys, auth, notifications, sign_ins
from accounts.api import key_schema as key_schema  # drf-spectacular finds it once it is imported

urlpatterns = [
    path("auth/login", auth.LoginApi.as_view(), name="api-login"),
    path("auth/refresh", auth.RefreshApi.as_view(), name="api-refresh"),
    path("auth/logout", auth.LogoutApi.as_view(), name="api-logout"),
    path("auth/jwks", sign_ins.JwksApi.as_view(), name="api-jwks"),
    path("auth/sessions", sign_ins.SignInsApi.as_view(), name="api-sign-ins"),
    path("auth/sessions/<int:sign_in_id>", sign_ins.SignInApi.as_view(), name="api-sign-in"),
    path(
        "auth/sessions/sign-out-everywhere",
        sign_ins.SignOutEverywhereApi.as_view(),
        name="api-sign-out-everywhere",
    ),
    path("auth/me", auth.MeApi.as_view(), name="api-me"),
    path("auth/preferences", auth.PreferencesApi.as_view(), name="api-preferences"),
    path("auth/change-password", auth.ChangePasswordApi.as_view(), name="api-change-password"),
    path("auth/api-keys", api_keys.ApiKeysApi.as_view(), name="api-keys"),
    path("auth/api-keys/<int:key_id>", api_keys.ApiKeyApi.as_view(), name="api-key"),
    path("admin/users", admin.UsersApi.as_view()),
    path("admin/users/<int:user_id>", admin.UserApi.as_view()),
    path("admin/users/<int:user_id>/role", admin.UserRoleApi.as_view()),
    path("admin/users/<int:user_id>/suspend", admin.UserSuspendApi.as_view()),
    path("admin/users/<int:user_id>/reactivate", admin.UserReactivateApi.as_view()),
    path("admin/stats", admin.StatsApi.as_view()),
    path("admin/audit-logs", admin.ActsApi.as_view()),
    path("admin/settings", admin.SettingsApi.as_view()),
    path("notifications/channels", notifications.ChannelsApi.as_view()),
    path("notifications/channels/<int:channel_id>", notifications.ChannelApi.as_view()),
    path("notifications/channels/<int:channel_id>/test", notifications.ChannelTestApi.as_view()),
    path("notifications/messages", notifications.MessagesApi.as_view()),
    path("notifications/messages/<int:message_id>", notifications.MessageApi.as_view()),
    path("notifications/preferences", notifications.NotificationPreferencesApi.as_view()),
]
