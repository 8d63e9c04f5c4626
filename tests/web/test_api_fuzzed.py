"""The whole API, asked by what its own description allows and by what it does not: never a mistake of ours (5xx)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from millbrook import Mirror
from test_messages_from_cad import Cad

from rightcall.calls.feed import CallMessage
from rightcall.web.api import api
from rightcall.web.database import Database
from rightcall.web.models import Message

DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema(), default=str))
OPERATIONS = {
    f"{found.ok().method} {found.ok().path}": found.ok()
    for found in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()
}


@pytest.fixture
def cad(fresh: Database) -> Cad:
    Mirror()
    return Cad()


def test_the_description_names_every_door_and_the_message() -> None:
    assert {path for path in DESCRIPTION["paths"]} == {"/api/cad/messages", "/api/cad/eido", "/api/cad/text"}
    schema = DESCRIPTION["paths"]["/api/cad/messages"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == set(CallMessage.model_fields)


@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_operation_fails(cad: Cad, name: str, data: st.DataObject) -> None:
    case: Any = data.draw(OPERATIONS[name].as_strategy())
    body = case.body if isinstance(case.body, (dict, list, str, int, float, bool)) or case.body is None else {}
    raw = json.dumps(body, default=str).encode("utf-8", "surrogatepass")
    answer = Client(raise_request_exception=False).post(
        case.formatted_path, raw, content_type="application/json", headers={"Authorization": f"Bearer {cad.key}"}
    )
    assert answer.status_code < 500, (answer.status_code, raw[:300])
    assert Message.objects.filter(state="kept").count() == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted(CallMessage.model_fields)) | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=JSON, junk=st.binary(max_size=60), whole=st.booleans())
def test_nothing_that_can_be_sent_is_a_mistake_of_ours(cad: Cad, body: Any, junk: bytes, whole: bool) -> None:
    base = cad.say(f"n{next(cad.numbers)}", type="TRESPASS")
    said = base | body if whole and isinstance(body, dict) else body
    raw = junk or json.dumps(said).encode("utf-8", "surrogatepass")
    answer = cad.post(raw)
    assert answer.status_code in (200, 422), (answer.status_code, raw[:300])
