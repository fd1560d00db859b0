"""Pages."""

from django.urls import include, path

from accounts.api.sign_ins import JwksApi
from accounts.pages import (
    api_keys,
    leaving,
    notifications,
    plans,
    referrals,
    settings,
    sign_ins,
    viewing_as,
)

urlpatterns = [
    path("", include("accounts.sign_in_urls")),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/profile/", settings.change_profile, name="change-profile"),
    path("settings/referrals/", referrals.referrals_page, name="referrals"),
    path("r/<str:code>", referrals.invited, name="referral-link"),
    path("settings/going-live/", settings.going_live, name="settings-going-live"),
    path("settings/password/", settings.change_password, name="change-password"),
    path("settings/sessions/", sign_ins.sign_ins_page, name="sign-ins"),
    path("settings/sessions/<int:sign_in_id>/end/", sign_ins.end, name="sign-in-end"),
    path("settings/sessions/everywhere/", sign_ins.end_everywhere, name="sign-out-everywhere"),
    path(".well-known/jwks.json", JwksApi.as_view(), name="jwks"),
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
    path("settings/plan/", plans.plan_page, name="plan"),
    path("settings/plan/change/", plans.change_plan, name="plan-change"),
    path("settings/your-data/", leaving.your_data, name="your-data"),
    path("settings/your-data/exports/", leaving.export_rows, name="export-rows"),
    path("settings/your-data/exports/new/", leaving.export_new, name="export-new"),
    path(
        "settings/your-data/exports/<int:export_id>/file/",
        leaving.export_download,
        name="export-download",
    ),
    path("settings/your-data/deletion/", leaving.deletion_new, name="deletion-new"),
    path("settings/your-data/deletion/cancel/", leaving.deletion_cancel, name="deletion-cancel"),
    path("settings/theme/", settings.set_theme, name="set-theme"),
]
