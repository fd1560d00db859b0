"""Pages."""

from django.urls import include, path

from accounts.pages import api_keys, notifications, settings, viewing_as

urlpatterns = [
    path("", include("accounts.sign_in_urls")),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/going-live/", settings.going_live, name="settings-going-live"),
    path("settings/password/", settings.change_password, name="change-password"),
    path("settings/api-keys/", api_keys.api_keys_page, name="api-keys-page"),
    path("settings/api-keys/<int:key_id>/revoke/", api_keys.revoke, name="api-key-revoke"),
    path("settings/notifications/", notifications.notifications_page, name="notifications"),
    path("settings/notifications/choose/", notifications.choose, name="notifications-choose"),
    path(
        "settings/notifications/<int:channel_id>/",
        notifications.channel_state,
        name="notification-channel",
    ),
    path(
        "settings/notifications/<int:channel_id>/test/",
        notifications.channel_test,
        name="notification-test",
    ),
    path(
        "settings/notifications/<int:channel_id>/remove/",
        notifications.channel_remove,
        name="notification-remove",
    ),
    path("people/<int:user_id>/view-as/", viewing_as.ViewAs.as_view(), name="view-as"),
    path("people/view-as/end/", viewing_as.StopViewingAs.as_view(), name="view-as-end"),
    path("settings/theme/", settings.set_theme, name="set-theme"),
]
