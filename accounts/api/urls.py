"""REST endpoints, mounted under /api/."""

from django.urls import path

from accounts.api import api_keys, auth, mfa, notifications, plans, steps
from accounts.api import key_schema as key_schema  # drf-spectacular finds it once it is imported

urlpatterns = [
    path("auth/register", steps.RegisterApi.as_view()),
    path("auth/verify-otp", steps.VerifyOtpApi.as_view()),
    path("auth/resend-otp", steps.ResendOtpApi.as_view()),
    path("auth/complete-registration", steps.CompleteRegistrationApi.as_view()),
    path("auth/login", steps.LoginApi.as_view(), name="api-login"),
    path("auth/login/code", steps.LoginCodeApi.as_view()),
    path("auth/google", steps.GoogleApi.as_view()),
    path("auth/forgot-password", steps.ForgotPasswordApi.as_view()),
    path("auth/reset-password", steps.ResetPasswordApi.as_view()),
    path("auth/mfa", mfa.MfaApi.as_view()),
    path("auth/mfa/authenticate", mfa.AuthenticateApi.as_view()),
    path("auth/mfa/options", mfa.FactorOptionsApi.as_view()),
    path("auth/mfa/reauthenticate", mfa.AgainApi.as_view()),
    path("auth/mfa/totp", mfa.TotpApi.as_view()),
    path("auth/mfa/totp/remove", mfa.RemoveTotpApi.as_view()),
    path("auth/mfa/recovery-codes", mfa.RecoveryCodesApi.as_view()),
    path("auth/mfa/passkeys", mfa.PasskeysApi.as_view()),
    path("auth/mfa/passkeys/options", mfa.BeginPasskeyApi.as_view()),
    path("auth/mfa/passkeys/<int:passkey_id>/remove", mfa.RemovePasskeyApi.as_view()),
    path("auth/passkey", mfa.PasskeyApi.as_view()),
    path("auth/passkey/options", mfa.PasskeyOptionsApi.as_view()),
    path("auth/refresh", auth.RefreshApi.as_view(), name="api-refresh"),
    path("auth/logout", auth.LogoutApi.as_view(), name="api-logout"),
    path("auth/me", auth.MeApi.as_view(), name="api-me"),
    path("auth/preferences", auth.PreferencesApi.as_view(), name="api-preferences"),
    path("auth/change-password", auth.ChangePasswordApi.as_view(), name="api-change-password"),
    path("auth/api-keys", api_keys.ApiKeysApi.as_view(), name="api-keys"),
    path("auth/api-keys/<int:key_id>", api_keys.ApiKeyApi.as_view(), name="api-key"),
    path("auth/plan", plans.MyPlanApi.as_view()),
    path("auth/plan/change", plans.ChangePlanApi.as_view()),
    path("auth/plans", plans.PlansApi.as_view()),
    path("notifications/channels", notifications.ChannelsApi.as_view()),
    path("notifications/channels/<int:channel_id>", notifications.ChannelApi.as_view()),
    path("notifications/channels/<int:channel_id>/test", notifications.ChannelTestApi.as_view()),
    path("notifications/messages", notifications.MessagesApi.as_view()),
    path("notifications/messages/<int:message_id>", notifications.MessageApi.as_view()),
    path("notifications/preferences", notifications.NotificationPreferencesApi.as_view()),
]
