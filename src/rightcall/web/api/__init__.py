"""The API: calls in from CAD. Its description is at /api/openapi.json."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import Field, NinjaAPI, Schema, Status
from ninja.security import HttpBearer

from rightcall.calls.feed import LARGEST_BYTES, CallMessage, FeedError
from rightcall.errors import RightcallError
from rightcall.locale import Message
from rightcall.web import clock, middleware
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import messages
from rightcall.web.models import Source
from rightcall.web.sign_in import address_of


class Key(HttpBearer):
    """The key of a source, as a bearer token."""

    def authenticate(self, request: HttpRequest, token: str) -> Source | None:
        """The source of a key."""
        try:
            return messages.source_of(token)
        except Missing:
            middleware.note(request, "Key", status=401, by=By("nobody", address=address_of(request)))
            return None


class Came(Schema):
    """What came of a message. `state`: read, refused or kept; `call`: the call's number."""

    message: str
    state: str
    call: str | None = None
    problems: list[dict[str, str]] = Field(default_factory=list)


api = NinjaAPI(
    title="Rightcall",
    version="1",
    description="Calls in from a center's CAD, exactly once in effect.",
    docs_url=None,
    auth=Key(),
)


def _took(request: HttpRequest, source: Source) -> Status[Came]:
    clock.check()
    message, problems = messages.take(request.body, source=source, at=clock.now(), address=address_of(request))
    told = [{"what": str(p.what), "where": p.where, "mend": str(p.mend)} for error in problems for p in error.problems]
    if message.state == "refused" and not told:
        told = [{"what": message.why, "where": "", "mend": ""}]
    call = message.call.number if message.call_id and message.call else None
    came = Came(message=message.sender_id, state=message.state, call=call, problems=told)
    return Status(422 if message.state == "refused" else 200, came)


@api.post(
    "/cad/messages",
    response={200: Came, 422: Came},
    summary="One message about one call",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": CallMessage.model_json_schema(ref_template="#/components/schemas/{model}")
                }
            },
        }
    },
)
def cad_message(request: HttpRequest) -> Any:
    """Take one message. The same message again has no effect, and is answered as the first was."""
    return _of_format(request, "json")


@api.post("/cad/eido", response={200: Came, 422: Came}, summary="One EIDO document (NENA-STA-021.1)")
def cad_eido(request: HttpRequest) -> Any:
    """Take one EIDO."""
    return _of_format(request, "eido")


@api.post("/cad/text", response={200: Came, 422: Came}, summary="One rip-and-run text or e-mail")
def cad_text(request: HttpRequest) -> Any:
    """Take one text, by the layout of its source."""
    return _of_format(request, "text")


def _of_format(request: HttpRequest, format: str) -> Status[Came]:
    source: Source = request.auth
    if source.format != format:
        raise Conflict(
            Message("the source “{source}” sends {format}.", {"source": source.name, "format": source.format}),
            mend=Message("Use the address of that format."),
        )
    return _took(request, source)


@api.exception_handler(RightcallError)
def refused(request: HttpRequest, error: Any) -> HttpResponse:
    """The sentences of an error."""
    return middleware.refuse(request, error, status=middleware.status_of(error), by=_who(request))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: Any) -> HttpResponse:
    """A message that is not even read."""
    told = FeedError("the message is too long.", mend=f"At most {LARGEST_BYTES:,} bytes are read.")
    return middleware.refuse(request, told, status=413, by=_who(request))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def away(request: HttpRequest, error: Any) -> HttpResponse:
    """While the database is away nothing is taken, and the sender keeps what it has."""
    return middleware.away(request, error)


def _who(request: HttpRequest) -> By:
    source: Source = request.auth
    return By(f"source:{source.name}", (messages.CAD,), address_of(request))
