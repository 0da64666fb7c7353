//! Schedule entries: what they mean, and what in them doesn't fit.

use proptest::prelude::*;

use super::*;
use crate::testing::any_schedule;

fn with_schedule(entry: &str) -> String {
    format!(
        "apiVersion: almanac/v1\nkind: Workflow\nmetadata: {{name: w}}\nspec:\n  tasks: {{a: {{type: noop}}}}\n  \
         schedules:\n    - {{name: s, {entry}}}\n"
    )
}

#[test]
fn schedules_by_rule_are_read() {
    let fields = "rule: last trading day of month, at: ['18:00', '21:00'], timezone: Asia/Shanghai, calendar: SSE, \
                  on_closed: next, shift: +1 open days of HKEX, from: 2026-01-01, until: '20261231', day_cut: 21:00 next, \
                  beyond: assume_week_mask, enabled: false";
    let text = "rule: 'last open day of month on SSE if closed following +1 open days of HKEX at 18:00, 21:00 tz Asia/Shanghai \
                from 2026-01-01 until 2026-12-31 cut 21:00 next beyond week mask'";
    let read = |entry: &str| {
        let document = parse(&with_schedule(entry), Calendars::builtin());
        document.unwrap_or_else(|problems| panic!("{problems:#?}")).spec.schedules.remove(0)
    };
    let (by_field, by_text) = (read(fields), read(text));
    assert_eq!((by_field.enabled, by_text.enabled), (false, true));
    let rule = by_text.to_rule().expect("checked");
    assert_eq!(by_field.to_rule().as_ref(), Some(&rule));
    let shortest = Schedule::of_rule("s", &rule);
    assert_eq!(shortest.to_rule().as_ref(), Some(&rule));
    assert_eq!(shortest.rule.as_deref(), Some("last open day of month at 18:00, 21:00"));
    assert_eq!(rule.calendars().flat_map(crate::calendar::CalendarExpr::names).collect::<Vec<_>>(), ["SSE", "HKEX"]);
    assert_eq!(read("cron: '0 9 * * *', timezone: UTC, calendar: null").to_rule().and_then(|rule| rule.calendar), None);
}

#[test]
fn what_does_not_fit_in_a_schedule_is_told_with_its_place() {
    // The entry begins at 7:7, its first field after the name at 7:17.
    let check = |entry: &str, expect: &[&str]| check(&with_schedule(entry), expect);
    check(
        "timezone: UTC",
        &["7:7 SPEC_MISSING spec.schedules[0]: the schedule has neither `cron` nor `rule`; give one of them"],
    );
    check(
        "cron: 0 9 * * *, rule: every day at 09:00, timezone: UTC",
        &["7:40 SPEC_VALUE spec.schedules[0].rule: the schedule has both `cron` and `rule`; keep one of them"],
    );
    check("cron: 0 9 * * *", &["7:7 SPEC_MISSING spec.schedules[0].timezone: `timezone` is missing"]);
    check(
        "rule: every day at 09:00 tz UTC, timezone: UTC, at: ['10:00'], on_closed: skip",
        &[
            "7:60 SPEC_DUPLICATE spec.schedules[0].timezone: the text of `rule` says this already; keep it there or in `timezone`",
            "7:69 SPEC_DUPLICATE spec.schedules[0].at: the text of `rule` says this already; keep it there or in `at`",
        ],
    );
    check(
        "rule: every day at 25:00, timezone: UTC",
        &[
            "7:36 SPEC_VALUE spec.schedules[0].rule: expected a calendar rule such as last open day of month at 21:00: at \
         character 14: expected a time such as 18:00, found `25:00`",
        ],
    );
    check(
        "rule: every day, timezone: UTC",
        &["7:23 SPEC_VALUE spec.schedules[0].rule: a rule needs at least one time of day, such as `at 18:00`"],
    );
    check(
        "cron: 0 9 * * *, at: ['10:00'], timezone: UTC",
        &["7:38 SPEC_VALUE spec.schedules[0].at: a cron expression brings its own times: leave the times of day out"],
    );
    check(
        "rule: every 3 open days at 09:00, timezone: UTC",
        &[
            "7:23 SPEC_VALUE spec.schedules[0].rule: every n-th open day is counted from the first date, `from`, which is \
             missing",
            "7:23 SPEC_VALUE spec.schedules[0].rule: the rule counts open days, so it needs a calendar",
        ],
    );
    check(
        "rule: every day +1 open days at 09:00, timezone: UTC",
        &[
            "7:33 SPEC_VALUE spec.schedules[0].rule: a shift by open days needs a calendar: the schedule's, or one of its own \
         after `of`",
        ],
    );
    check(
        "rule: 32 day of month at 09:00, timezone: UTC, from: 2026-02-01, until: 2026-01-01",
        &[
            "7:23 SPEC_VALUE spec.schedules[0].rule: no month has a day number 32 of that kind",
            "7:89 SPEC_VALUE spec.schedules[0].until: `until` is before `from`",
        ],
    );
    check(
        "rule: every open day on SSE & MOON +1 open days of SUN at 09:00, timezone: UTC",
        &["7:47 CALENDAR_UNKNOWN spec.schedules[0].rule: there is no calendar `MOON`"],
    );
    check(
        "cron: 0 0 30 2 *, timezone: UTC",
        &[
            "7:23 SPEC_VALUE spec.schedules[0].cron: expected a cron expression such as 0 30 18 * * ?: its days never come: no \
         month between 1970 and 2099 has such a day",
        ],
    );
}

#[test]
fn the_fields_of_a_schedule_have_their_form() {
    let check = |entry: &str, expect: &[&str]| {
        check(&with_schedule(&format!("cron: 0 9 * * *, timezone: UTC, {entry}")), expect);
    };
    check("shift: +1 open days of SUN", &["7:72 CALENDAR_UNKNOWN spec.schedules[0].shift: there is no calendar `SUN`"]);
    check(
        "shift: +1 months",
        &[
            "7:59 SPEC_VALUE spec.schedules[0].shift: expected a shift such as +1 open days or -2 days: at character 4: \
         expected `open days` or `days`, found `months`",
        ],
    );
    check(
        "day_cut: 06:00 before",
        &[
            "7:64 SPEC_VALUE spec.schedules[0].day_cut: expected the end of the day such as 06:00 or 21:00 next: at character \
         7: expected the end, found `before`",
        ],
    );
    check(
        "from: 2026-02-30, at: [noon], on_closed: folowing, beyond: guess",
        &[
            "7:55 SPEC_VALUE spec.schedules[0].from: expected a date such as 2026-11-20, from 1900 to 2299",
            "7:72 SPEC_VALUE spec.schedules[0].at[0]: expected a time of day such as 18:00 or 18:00:30",
            "7:90 SPEC_VALUE spec.schedules[0].on_closed: `folowing` is not one of skip, run, following, \
             modified_following, half_month_modified_following, preceding, modified_preceding, nearest, next, previous; did \
             you mean `following`?",
            "7:108 SPEC_VALUE spec.schedules[0].beyond: `guess` is not one of hold, assume_week_mask",
        ],
    );
}

#[test]
fn problems_of_schedules_speak_chinese() {
    let told = |entry: &str| problems(&with_schedule(entry), Lang::Zh).join("\n");
    let table = [
        (
            "rule: every month at 09:00, timezone: UTC",
            "应为日历规则，例如 last open day of month at 21:00：第 7 个字符：应为day、open day、数字或周几，实际为`month`",
        ),
        ("cron: '*/0 * * * *', timezone: UTC", "分段，第 3 个字符：应为 1–60 的步长，实际为 `0`"),
        ("rule: every open day at 09:00, timezone: UTC", "规则按开放日计数，需要指定日历"),
        ("cron: 0 9 * * *, timezone: UTC, calendar: SSE &", "应为日历：第 6 个字符：应为日历名称，实际为结尾"),
        ("rule: every day at 09:00 tz UTC, timezone: UTC", "`rule` 的文本已说明此项"),
    ];
    for (entry, expected) in table {
        assert!(told(entry).contains(expected), "{entry}: {}", told(entry));
    }
}

proptest! {
    #[test]
    fn a_rule_becomes_an_entry_and_back(spec in any_schedule()) {
        let entry = Schedule::of_rule("s", &spec);
        prop_assert_eq!(entry.to_rule(), Some(spec), "{:?}", entry);
    }
}
