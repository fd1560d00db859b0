"""Settings of what browsers are told: content policy, cookies, HTTPS, other origins."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF

from cryptobot import env

# Browsers hold the redirect after a form against the policy too, and signing in with Google is one.
FORMS_LEAD_TO = ["https://accounts.google.com"] if env.read("GOOGLE_CLIENT_ID") else []

# Nothing but what is named, and no inline script or style anywhere: an injected one does not run.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *FORMS_LEAD_TO],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "foundation.edge.pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # bytes of a request body that is not a file

# Pages of these origins may read the REST interface with a token; they never get our cookies.
CORS_ALLOWED_ORIGINS = env.read("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = False
CORS_EXPOSE_HEADERS = [
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
]

# Behind a proxy that speaks HTTPS.
IN_PRODUCTION: dict[str, Any] = {
    "SECURE_SSL_REDIRECT": True,
    "SECURE_REDIRECT_EXEMPT": [
        r"^api/health",  # asked by the container's own health check
        r"^api/exchanges/credentials",  # refused there: a redirect would hide that keys were seen
    ],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    # A browser takes these from this host alone, over HTTPS, for every path.
    "SESSION_COOKIE_NAME": "__Host-sessionid",
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
}
