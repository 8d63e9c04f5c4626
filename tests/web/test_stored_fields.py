"""Every stored field says what it holds: plain, personal, health or SUD; in the code and in the database."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps

from rightcall.web import fields
from rightcall.web.database import Database

MODELS = list(apps.get_app_config("web").get_models())
EVERY = [(model.__name__, field) for model in MODELS for field in model._meta.local_fields]


@pytest.mark.parametrize(("model", "field"), EVERY, ids=[f"{model}.{field.name}" for model, field in EVERY])
def test_each_field_is_declared(model: str, field: object) -> None:
    kind, doc = fields.declared(field)
    assert kind in fields.KINDS
    assert len(doc) > 2


def test_what_is_said_in_confidence_is_declared_so() -> None:
    kinds = {f"{model}.{field.name}": fields.declared(field)[0] for model, field in EVERY}
    for name in (
        "Call.callback",
        "Call.place_text",
        "Call.lat",
        "Call.lon",
        "Call.age_band",
        "Account.username",
        "Account.email",
        "AuditRow.actor",
    ):
        assert kinds[name] == "personal", name
    for name in ("Call.facts", "Call.remarks", "Message.raw", "Change.new", "PersonMet.outcome"):
        assert kinds[name] == "health", name


def test_the_database_knows_it_too(server: Database) -> None:
    ask = "select c.relname, a.attname, col_description(c.oid, a.attnum) from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relname like 'web\\_%' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
    with psycopg.connect(server.owner_url) as connection:
        found = connection.execute(ask).fetchall()
    assert len(found) >= len(EVERY)
    assert [row for row in found if not row[2] or row[2].split(":")[0] not in fields.KINDS] == []


def test_ids_are_in_the_order_in_which_they_were_made() -> None:
    import time

    made = []
    for _ in range(5):
        made.append(fields.new_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert {each.version for each in made} == {7}
    assert len({fields.new_id() for _ in range(10_000)}) == 10_000
