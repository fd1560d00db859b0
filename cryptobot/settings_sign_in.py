"""Settings of signing up and in: django-allauth, its codes, second factors, Google, and mail."""

from __future__ import annotations

from typing import Any

from cryptobot import env

APPS = [
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
]
AUTHENTICATION_BACKENDS = ["accounts.services.backends.SignIns"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    # Accepted, and replaced by Argon2 at the next sign-in: what other systems have kept.
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "accounts.services.hashers.PlainBcrypt",
]

# --- Accounts -----------------------------------------------------------------------------------
ACCOUNT_ADAPTER = "accounts.services.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]  # name, phone and password are asked once the address is proved
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
_CODE_TRIES, _CODE_S = 3, 15 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = _CODE_S
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = _CODE_S
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = _CODE_S
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 5
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_RATE_LIMITS = {
    # Guesses are braked by accounts.services.brake alone: it lets the owner in while others guess.
    "login": None,
    "login_failed": None,
    "reauthenticate": None,
    "change_password": None,
    "reset_password_from_key": None,
    # Mails: one address is not flooded, whoever asks.
    "confirm_email": "1/30s/key,20/h/key",
    "request_login_code": "20/m/ip,1/30s/key,20/h/key",
    "reset_password": "20/m/ip,1/30s/key,20/h/key",
    "signup": "20/m/ip",
}
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "signup": "accounts.sign_in_forms.SignUpForm",
    "confirm_email_verification_code": "accounts.sign_in_forms.EmailCodeForm",
    "confirm_login_code": "accounts.sign_in_forms.SignInCodeForm",
    "confirm_password_reset_code": "accounts.sign_in_forms.ResetCodeForm",
    "reauthenticate": "accounts.sign_in_forms.AgainForm",
}

# --- Second factors -----------------------------------------------------------------------------
MFA_ADAPTER = "accounts.services.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Cryptobot"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off; each code is good once all the same
MFA_RECOVERY_CODES_SHOW_ONCE = False
MFA_FORMS = {
    "authenticate": "accounts.services.factor_forms.FactorForm",
    "reauthenticate": "accounts.services.factor_forms.FactorAgainForm",
    "activate_totp": "accounts.services.factor_forms.ActivateTotpForm",
    "add_webauthn": "accounts.services.factor_forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.services.factor_forms.FactorPasskeyForm",
    "reauthenticate_webauthn": "accounts.services.factor_forms.PasskeyAgainForm",
    "login_webauthn": "accounts.services.factor_forms.PasskeySignInForm",
}

# --- Admins who see the site as somebody else ---------------------------------------------------
HIJACK_PERMISSION_CHECK = "accounts.services.impersonation.may"

# --- Google -------------------------------------------------------------------------------------
SOCIALACCOUNT_ADAPTER = "accounts.services.adapters.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # Google has proved the address, as our code would
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
GOOGLE_CLIENT_ID = env.read("GOOGLE_CLIENT_ID")
_google: dict[str, Any] = {
    "client_id": GOOGLE_CLIENT_ID,
    "secret": env.read("GOOGLE_CLIENT_SECRET"),
}
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "APPS": [_google] if GOOGLE_CLIENT_ID else [],
        "SCOPE": ["openid", "profile", "email"],
        "OAUTH_PKCE_ENABLED": True,
    }
}

# --- Mail ---------------------------------------------------------------------------------------
# Without a server every mail becomes a file in EMAIL_FILE_PATH: a developer reads the code there.
_BACKEND = "smtp" if env.read("MAIL_HOST") else "filebased"
EMAIL_BACKEND = f"django.core.mail.backends.{_BACKEND}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = env.read("MAIL_HOST"), env.read("MAIL_PORT")
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.read("MAIL_USER"), env.read("MAIL_PASSWORD")
EMAIL_USE_TLS = env.read("MAIL_SECURITY") == "starttls"
EMAIL_USE_SSL = env.read("MAIL_SECURITY") == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.read("MAIL_FROM")
