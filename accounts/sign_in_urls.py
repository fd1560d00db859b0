"""Addresses of signing up and in. The names are django-allauth's: its flows go on by them."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.google import views as google
from django.urls import path
from django.views.decorators.http import require_safe

from accounts.pages import sign_in as pages
from accounts.pages.sign_in import where_google_is_set_up as only_google

FACTORS = "settings/second-factor/"
urlpatterns = [
    path("sign-in/", pages.SignIn.as_view(), name="account_login"),
    path("sign-in/closed/", require_safe(account.account_inactive), name="account_inactive"),
    path("sign-in/code/", pages.RequestSignInCode.as_view(), name="account_request_login_code"),
    path("sign-in/code/confirm/", pages.SignInCode.as_view(), name="account_confirm_login_code"),
    path("sign-in/second-factor/", pages.Factor.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", pages.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("sign-in/google/", only_google(google.oauth2_login), name="google_login"),
    path("sign-in/google/back/", only_google(google.oauth2_callback), name="google_callback"),
    path(
        "sign-in/google/cancelled/",
        require_safe(social.login_cancelled),
        name="socialaccount_login_cancelled",
    ),
    path(
        "sign-in/google/error/", only_google(social.login_error), name="socialaccount_login_error"
    ),
    path("sign-in/google/finish/", only_google(social.signup), name="socialaccount_signup"),
    path("sign-up/", pages.SignUp.as_view(), name="account_signup"),
    path("sign-up/code/", pages.EmailCode.as_view(), name="account_email_verification_sent"),
    path("sign-up/complete/", pages.Complete.as_view(), name="complete-registration"),
    path("sign-out/", pages.sign_out, name="sign-out"),
    path("forgot-password/", pages.ForgotPassword.as_view(), name="account_reset_password"),
    path(
        "forgot-password/code/",
        pages.ResetCode.as_view(),
        name="account_confirm_password_reset_code",
    ),
    path(
        "forgot-password/new/", pages.NewPassword.as_view(), name="account_complete_password_reset"
    ),
    path(
        "forgot-password/done/",
        require_safe(account.password_reset_from_key_done),
        name="account_password_reset_completed",
    ),
    path("settings/again/", pages.Again.as_view(), name="account_reauthenticate"),
    path("settings/again/code/", pages.FactorAgain.as_view(), name="mfa_reauthenticate"),
    path(
        "settings/again/passkey/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(FACTORS, mfa.index, name="mfa_index"),
    path(f"{FACTORS}app/", totp.activate_totp, name="mfa_activate_totp"),
    path(f"{FACTORS}app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        f"{FACTORS}recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        f"{FACTORS}recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        f"{FACTORS}recovery-codes/file/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(f"{FACTORS}passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path(f"{FACTORS}passkeys/new/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path(
        f"{FACTORS}passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"
    ),
    path(f"{FACTORS}passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
