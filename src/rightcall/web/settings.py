"""Django's settings, all of them from the environment. What is secret lies in the data folder or is named there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rightcall import folders

HERE = Path(__file__).parent
TESTING = "pytest" in sys.modules


def database(url: str) -> dict[str, Any]:
    """Django's entry for a database's URL."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = query.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": unquote(parts.path.lstrip("/")), "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": host, "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": {**query, "pool": {"min_size": 2, "max_size": 24, "timeout": 10}} if not TESTING else query,
        "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False,
    }  # fmt: skip


_NOWHERE = "postgresql://nobody@/nothing?host=/nonexistent"
DATABASES = {
    "default": database(os.environ.get("DATABASE_URL", _NOWHERE)),
    "owner": database(os.environ.get("DATABASE_OWNER_URL", _NOWHERE)) | {"TEST": {"MIRROR": "default"}},
}
DATABASES["owner"]["OPTIONS"].pop("pool", None)

SECRET_KEY = os.environ.get("RIGHTCALL_SECRET_KEY") or folders.secret_key().hex()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("RIGHTCALL_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SECURE = os.environ.get("RIGHTCALL_HTTPS", "") == "1"
# So many proxies in front are ours, and say truly whom they spoke with.
PROXIES = int(os.environ.get("RIGHTCALL_PROXIES", "1" if SECURE else "0"))
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if SECURE else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# CJIS IA-11: sign in again every twelve hours.
SESSION_COOKIE_AGE = 12 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.staticfiles", "django.contrib.postgres", "procrastinate.contrib.django",
    "allauth", "allauth.account", "allauth.mfa", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect",
    "leaflet", "rightcall.web.apps.Web",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rightcall.web.middleware.Told",
]
CSRF_FAILURE_VIEW = "rightcall.web.middleware.forged"
ROOT_URLCONF = "rightcall.web.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "rightcall.web.pages.environment",
            "context_processors": ["django.contrib.messages.context_processors.messages", "rightcall.web.pages.around"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates_of_allauth"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

AUTH_USER_MODEL = "web.Account"
AUTHENTICATION_BACKENDS = ["rightcall.web.sign_in.Backend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    if not TESTING
    else ["django.contrib.auth.hashers.MD5PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "rightcall.web.sign_in.Accounts"
SOCIALACCOUNT_ADAPTER = "rightcall.web.sign_in.FromElsewhere"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# CJIS AC-7: five wrong passwords in fifteen minutes; the lock itself is ours (sign_in.py).
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,50/15m/ip", "login": "120/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"login_webauthn": "rightcall.web.sign_in.Passkey"}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "Rightcall"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if os.environ.get("RIGHTCALL_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "city", "name": os.environ.get("RIGHTCALL_OIDC_NAME", "City account"),
                "client_id": os.environ.get("RIGHTCALL_OIDC_CLIENT", ""), "secret": os.environ.get("RIGHTCALL_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ["RIGHTCALL_OIDC_URL"]},
            }
        ],
    }  # fmt: skip
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_AUTO_SIGNUP = True

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
USE_TZ, TIME_ZONE = True, "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W004"]

LOGGING: dict[str, Any] = {
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"json": {"()": "rightcall.web.logs.Lines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "uvicorn": {"level": "WARNING"}, "procrastinate": {"level": "WARNING"}},
}  # fmt: skip
