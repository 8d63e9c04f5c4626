"""Work that is done behind the pages, by Procrastinate: PostgreSQL is the queue. `serve` starts a worker; in production
`python -m django procrastinate worker` runs as many as are wanted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

from django.db import OperationalError
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from rightcall.errors import RightcallError
from rightcall.web import clock
from rightcall.web.access import SUPERVISOR, By
from rightcall.web.actions import files, linking, messages, outgoing, units
from rightcall.web.models import Message, Source
from rightcall.web.queries import programs
from rightcall.web.queries.programs import NoProgram

KEEP_NOTICES = dt.timedelta(hours=24)
AT_ONCE = 500
# A worker says every ten seconds that it lives.
SILENT_SECONDS = 20


def _now() -> dt.datetime:
    clock.check()
    return clock.now()


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="deliver", lock="deliver")
def deliver(timestamp: int) -> None:
    """Send to CAD what waits."""
    outgoing.deliver(at=_now())


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="read kept", lock="read kept")
def read_kept(timestamp: int) -> None:
    """Read messages that were kept and not read, as after a crash between the two."""
    for message in Message.objects.filter(state="kept", came_at__lt=_now() - dt.timedelta(seconds=5)).order_by(
        "came_at"
    )[:AT_ONCE]:
        with contextlib.suppress(OperationalError, RightcallError):
            messages.read(message, at=_now())


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="watch", lock="watch")
def watch(timestamp: int) -> None:
    """Look into the watched folders: `RIGHTCALL_FOLDERS` names them, source=folder, separated by commas."""
    for entry in filter(None, os.environ.get("RIGHTCALL_FOLDERS", "").split(",")):
        name, _, folder = entry.partition("=")
        source = Source.objects.filter(name=name, active=True).first()
        if source is not None and Path(folder).is_dir():
            files.look(Path(folder), source=source, at=_now())


@app.periodic(cron="* * * * * */10")
@app.task(queueing_lock="give up", pass_context=True)
async def give_up(context: JobContext, timestamp: int) -> None:
    """End the jobs of workers that died: their locks would hold up every later one. Each comes again by itself."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Delete the jobs that were over a day ago."""
    await context.app.job_manager.delete_old_jobs(24, include_failed=True, include_cancelled=True, include_aborted=True)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="lay out", lock="lay out")
def lay_out(timestamp: int) -> None:
    """Lay out the turns of duty of the next two weeks that are not there yet."""
    at = _now()
    with contextlib.suppress(NoProgram):
        units.lay_out_ahead(programs.in_force(at=at).program, by=By("rightcall", (SUPERVISOR,)), at=at)


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Forget old notices."""
    linking.forget_notices(before=_now() - KEEP_NOTICES)
