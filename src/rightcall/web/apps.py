"""The one Django app of the house."""

from __future__ import annotations

from django.apps import AppConfig


class Web(AppConfig):
    """Rightcall's running service."""

    name = "rightcall.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what allauth tells."""
        from rightcall.web import sign_in

        sign_in.listen()
