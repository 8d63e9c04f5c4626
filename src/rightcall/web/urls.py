"""Which address leads where."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from rightcall.web.api import api
from rightcall.web.views import board, crew, doorway, standing

handler400 = "rightcall.web.middleware.bad"
# Accounts have no e-mail: they are made, and let in again, by a supervisor's one-time link.
NOT_HERE = (
    "signup/",
    "email/",
    "confirm-email/",
    "password/set/",
    "password/reset/",
    "password/reset/done/",
    "3rdparty/signup/",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", doorway.start),
    path("language/", doorway.language),
    path("welcome/<str:ident>/<str:token>/", doorway.welcome),
    path("health", doorway.health),
    path("ready", doorway.ready),
    path("board/", board.page),
    path("board/rows/", board.rows),
    path("board/areas/", board.areas),
    path("board/call/<uuid:ident>/", board.detail),
    path("board/call/<uuid:ident>/answer/", board.answer),
    path("board/call/<uuid:ident>/override/", board.override),
    path("board/call/<uuid:ident>/assign/", board.assign),
    path("board/call/<uuid:ident>/conclude/", board.conclude),
    path("board/response/<uuid:ident>/move/", board.move),
    path("board/response/<uuid:ident>/back-up/", board.back_up),
    path("board/response/<uuid:ident>/met/", crew.met),
    path("board/response/<uuid:ident>/found/", crew.found),
    path("board/response/<uuid:ident>/befell/", crew.befell),
    path("board/note/<uuid:ident>/strike/", crew.strike),
    path("crew/", crew.page),
    path("crew/stamp/", crew.stamp),
    path("board/unit/<uuid:ident>/move/", board.move_unit),
    path("calls/new/", doorway.new_call),
    path("measures/", standing.measures),
    path("sample/", standing.sample),
    path("sample/<uuid:ident>/", standing.read),
    path("program/", standing.program),
    path("program/hand-in/", standing.hand_in),
    path("program/<str:version>/", standing.version),
    path("program/<str:version>/in-force/", standing.in_force),
    path("program/<str:version>/withdraw/", standing.withdraw),
    path("duty/", standing.duty),
    path("duty/<uuid:ident>/", standing.begin_or_finish),
    path("sources/", standing.sources),
    path("sources/make/", standing.make_source),
    path("sources/<uuid:ident>/change/", standing.change_source),
    path("sources/seen/", standing.seen),
    path("people/", standing.people),
    path("people/make/", standing.make_account),
    path("people/<str:username>/change/", standing.change_account),
    path("audit/", standing.trail),
    path("audit/head/", standing.head),
    path("audit/export/", standing.export),
    path("metrics", standing.metrics),
    path("api/", api.urls),
    *(path(f"accounts/{page}", doorway.made_by_a_supervisor) for page in NOT_HERE),
    path("accounts/", include("allauth.urls")),
]
