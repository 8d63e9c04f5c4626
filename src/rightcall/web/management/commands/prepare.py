"""`prepare`: bring the database up to date, as its owner, and say what the restricted role may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

# The restricted role may add to these, and read them; nothing else.
ONLY_ADDED_TO = ("web_auditrow", "web_auditlink", "web_change", "web_statusevent")


class Command(BaseCommand):
    """Migrates, makes the table of the cache, and grants."""

    help = "Bring the database up to date and say what the restricted role may do."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so; a second time changes nothing."""
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        call_command("createcachetable", database="owner", verbosity=0)
        role = connections["owner"].ops.quote_name(settings.DATABASES["default"]["USER"])
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"grant usage on schema public to {role}")
            cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
            cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
            cursor.execute(f"grant execute on all functions in schema public to {role}")
            cursor.execute(f"revoke update, delete, truncate on {', '.join(ONLY_ADDED_TO)} from {role}")
            cursor.execute(f"revoke insert, update, delete on django_migrations from {role}")
        connections["owner"].close()
