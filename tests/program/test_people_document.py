"""The people of a program: what contradicts itself is named, with the key, and refused whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
import invented_city as inv

from rightcall.program import file, starter

TARGET = '[[target]]\nteam = "community"\nshare = 0.8\n'
PATTERN = '[[pattern]]\nid = "x"\nhours = 8\nshifts_a_week = 5\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TARGET.replace("0.8", "80"), "target[1].share is wrong: a share lies between 0 and 1: write 0.8 for 80 %"),
        (TARGET.replace("0.8", "1"), "target[1].share is 1: no number of units is free for every call."),
        (TARGET.replace("community", "vans"), "target[1].team names “vans”, which is no team of this program."),
        (TARGET + TARGET, "target[2].team “community” is used twice."),
        (TARGET.replace("community", "navigation"), "target[1].team is for “navigation”, and follow-up is not simulated: no target of it can be checked."),
        (TARGET + 'starts = "09:10"\n', "target[1].starts (09:10, 24 hours) does not keep to half hours."),
        (TARGET + 'days = "someday"\n', "“someday” is no day."),
        (PATTERN + 'roles = ["pilot"]\n', "pattern[1].roles names “pilot”, a role that no team uses."),
        (PATTERN + 'roles = ["peer"]\n', "pattern leaves no way to work for the role “clinician”."),
        (PATTERN + 'starts = ["9am"]\n', "pattern[1].starts “9am” is no full or half hour."),
        (PATTERN + "weeks = 6\nweekends = { work = 1, of = 4 }\n", "pattern[1].weeks is 6, which 4 weekends do not divide: the rotation would not close."),
        (PATTERN + "weekends = { work = 3, of = 2 }\n", "pattern[1].weekends works 3 of 2."),
        (PATTERN.replace("= 5", "= 6") + "weekends = { work = 0, of = 1 }\n", "6 shifts a week find five days"),
        (PATTERN + "weeks = 2\nbreak_days = 6\n", "pattern[1].break_days (6) are more than 5 shifts in every week leave: 4."),
        (PATTERN.replace("hours = 8", "hours = 8.2"), "pattern[1].hours (8.2) does not keep to half hours."),
        (PATTERN.replace("= 8", "= 24").replace("= 5", "= 7") + '[[work_rule]]\nkind = "hours a week"\nat_most = 60\nsource = "article 9"\n', "has 168 hours a week, against “hours a week” (article 9)."),
        (PATTERN.replace("= 8", "= 16").replace("= 5", "= 6") + '[[work_rule]]\nkind = "rest between shifts"\nat_least = 13\nsource = "article 2"\n', "leaves less than 13 hours between its shifts, against “rest between shifts” (article 2)."),
        ('[[work_rule]]\nkind = "days in a row"\nat_least = 5\nsource = "x"\n', "work_rule[1].at_most is missing: a rule on days in a row says the most days."),
        ('[[work_rule]]\nkind = "days in a row"\nat_most = 5\n', "work_rule[1].source is missing: a rule of work stands in a contract or a policy."),
        ("[overtime]\nperiod_days = 28\n", "overtime.period_days is 28: work periods of up to 28 days are for police and firefighters (29 U.S.C. 207(k)), not for these roles."),
        ("[overtime]\nafter_hours = 48\n", "overtime.after_hours is 48: hourly civilians are paid overtime after 40 hours a week."),
        ('[overtime]\nexempt = ["peer"]\n', "overtime.exempt exempts roles from overtime."),
        ('[overtime]\nexempt = ["pilot"]\ncounsel = "memo"\n', "overtime.exempt names “pilot”, a role that no team uses."),
        ("[net_hours]\nleave = { vacation = 1200, sick = 900 }\n", "net_hours leaves no hours: 2080 paid, 2100 taken away."),
        ("[net_hours]\nturnover = 120\n", "a share lies between 0 and 1"),
        (PATTERN + "break_days = 2\n", "pattern[1].break_days mean nothing where every week is the same."),
        ('[[work_rule]]\nkind = "days in a row"\nat_most = 0\nsource = "x"\n', "work_rule[1].at_most leaves no day to work."),
        (PATTERN + 'weeks = 4\nweekends = { work = 2, of = 4 }\n[[work_rule]]\nkind = "weekends in a row"\nat_most = 1\nsource = "article 5"\n', "works 2 weekends in a row, against “weekends in a row” (article 5)."),
        ("[net_hours]\nturnover = 0.3\n", "net_hours.leave is missing: nobody is there all the hours that are paid."),
        (TARGET.replace("0.8", '"90"'), "target[1].share is wrong"),
        ('[[employer]]\nid = "city"\nbenefits = 42\n', "it is a share of pay: write 0.42 for 42 %"),
        ('[[premium]]\nkind = "weekend"\nrate = 10\n', "it is a share of pay: write 0.42 for 42 %"),
        ('[[position]]\ntitle = "A"\nrole = "clinican"\n', "position[1].role names “clinican”, a role that no team uses."),
        ('[[position]]\ntitle = "A"\n[[position]]\ntitle = "A"\n', "position[2].title “A” is used twice."),
        ('[[premium]]\nkind = "night"\nrate = 0.1\n', "premium[1] does not say when it is night."),
        ('[[premium]]\nkind = "holiday"\nrate = 1\nhours = 1\n', "premium[1] says hours of the day, which mean nothing for “holiday”."),
        ('[[premium]]\nkind = "on call"\ndollars = 3\n', "premium[1] is paid in dollars for so many hours a week."),
        ('[[premium]]\nkind = "night"\nstarts = "22:00"\nhours = 8\n', "premium[1] says no amount."),
        ('[[premium]]\nkind = "night"\nrate = 0.1\nstarts = "25:00"\nhours = 8\n', "premium[1].starts “25:00” is no time."),
        ('[[position]]\ntitle = "A"\nreports_to = "B"\n[[position]]\ntitle = "B"\nreports_to = "A"\n', "position[1].reports_to goes in a circle: A → B → A."),
        ('[[position]]\ntitle = "A"\ncovers = ["coffee"]\n', "position[1].covers names “coffee”, which is no duty."),
        ('[[employer]]\nid = "city"\n[[position]]\ntitle = "A"\nemployer = "Harbor"\n', "position[1].employer names “Harbor”, which is no employer of this program."),
        ('[[employer]]\nid = "city"\nvacancy = 12\n', "a share lies between 0 and 1"),
        ("[structure]\nspan_least = 8\n", "structure.span_least is more than span_most."),
    ],
)  # fmt: skip
def test_it_is_named_with_its_key_and_how_to_mend_it(text: str, told: str) -> None:
    assert told in inv.wrong(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = inv.wrong(TARGET.replace("0.8", "1") + PATTERN + 'roles = ["pilot"]\n' + "[overtime]\nperiod_days = 28\n")
    assert len(told.splitlines()) >= 3
    assert told.count("line ") >= 3


def test_that_a_value_might_have_been_unknown_goes_without_saying() -> None:
    told = inv.wrong("[net_hours]\nleave = { absent = 300 }\nturnover = 20\n")
    assert "write 0.2 for 20 %" in told
    assert "unknown" not in told


def test_counsel_may_say_otherwise() -> None:
    program = inv.program(inv.EXPECT + '[overtime]\nafter_hours = 43\ncounsel = "memo of 3 May 2026"\n')
    assert program.overtime.after_hours == 43


def test_durhams_pattern_can_be_said() -> None:
    text = """
[[pattern]]
id = "three twelves"
hours = 12
shifts_a_week = 3
administrative_hours = 4
weeks = 6
weekends = { work = 1, of = 3 }
break_days = 6
starts = ["09:00", "12:00"]
source = "City job 25-05473"
"""
    (pattern,) = inv.program(inv.EXPECT + text).pattern
    assert pattern.paid_hours == 40


def test_a_document_of_before_keeps_its_version(tmp_path: Path) -> None:
    before = (Path(__file__).parents[2] / "programs" / "durham" / "program.toml").read_text(encoding="utf-8")
    assert (
        file.parse(before, where="x").version
        == file.parse(before + "\n[structure]\nspan_most = 7\n", where="x").version
    )


@pytest.mark.parametrize(
    ("crew", "least", "told"),
    [
        ("{ clinician = 1, peer = 1 }", "{ peers = 1 }", "1 peers cannot be the least of a crew that has 0"),
        ("{ clinician = 1, peer = 1 }", "{ peer = 2 }", "2 peer cannot be the least of a crew that has 1"),
    ],
)
def test_the_least_crew_is_part_of_the_crew(crew: str, least: str, told: str) -> None:
    text = starter.sample_text().replace("crew = { clinician = 1, peer = 1, emt = 1 }", f"crew = {crew}")
    with pytest.raises(file.ProgramError, match=told):
        file.parse(text.replace("goes_with_at_least = { clinician = 1, peer = 1 }", f"goes_with_at_least = {least}"), where="p")  # fmt: skip
