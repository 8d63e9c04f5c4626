"""The one Django app of the house."""

from __future__ import annotations

from django.apps import AppConfig


class Web(AppConfig):
    """Rightcall's running service."""

    name = "rightcall.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
