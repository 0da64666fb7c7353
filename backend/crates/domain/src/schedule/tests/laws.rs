//! What holds for every schedule: order, no fire twice, one answer however it is asked, and the round trips.

use proptest::prelude::*;

use super::*;
use crate::testing::any_schedule;

fn any_instant() -> impl Strategy<Value = i64> {
    (utc("2018-03-01T00:00")..utc("2025-06-01T00:00")).prop_map(|ms| ms / 1_000 * 1_000)
}

const DAY: i64 = 86_400_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn events_are_ordered_and_no_instant_fires_twice(spec in any_schedule(), from in any_instant()) {
        let events: Vec<Event> = compile(&spec).events(from, from + 120 * DAY).map(|event| event.unwrap()).collect();
        for pair in events.windows(2) {
            prop_assert!(pair[0].instant_ms() <= pair[1].instant_ms(), "{:?}", pair);
        }
        let fires = only_fires(events);
        for pair in fires.windows(2) {
            prop_assert!(pair[0].instant_ms < pair[1].instant_ms, "{:?}", pair);
        }
        for fire in &fires {
            prop_assert!(fire.merged.contains(&fire.nominal_date));
            prop_assert!(fire.merged.is_sorted());
        }
    }

    /// Previewing, firing one by one, and backfilling by pieces give the same fires.
    #[test]
    fn however_it_is_asked_the_answer_is_the_same(spec in any_schedule(), from in any_instant(), piece in 1_i64..30) {
        let until = from + 90 * DAY;
        let schedule = compile(&spec);
        let preview = only_fires(schedule.events(from, until).map(|event| event.unwrap()).collect());
        let mut fired = Vec::new();
        let mut after = from - 1;
        // A rule so rare that its next date lies past the horizon holds, which ends the range as well.
        while let Ok(Some(fire)) = next_fire(&spec, Calendars::builtin(), after) {
            if fire.instant_ms >= until {
                break;
            }
            after = fire.instant_ms;
            fired.push(fire);
        }
        prop_assert_eq!(&preview, &fired);
        let listed: Vec<Fire> = schedule.fires(from, until).map(|fire| fire.unwrap()).collect();
        prop_assert_eq!(&preview, &listed);
        let mut pieces = Vec::new();
        let mut start = from;
        while start < until {
            let end = (start + piece * DAY).min(until);
            pieces.extend(only_fires(schedule.events(start, end).map(|event| event.unwrap()).collect()));
            start = end;
        }
        prop_assert_eq!(&preview, &pieces);
    }

    /// No nominal date is lost or doubled: each is merged into one day's fires or skipped once.
    #[test]
    fn every_nominal_date_has_one_fate(spec in any_schedule(), from in any_instant()) {
        let mut spec = spec;
        spec.day_cut = None;
        if let When::Rule(_) = spec.when { spec.times.truncate(1); } else { return Ok(()); }
        let events: Vec<Event> = compile(&spec).events(from, from + 100 * DAY).map(|event| event.unwrap()).collect();
        let mut seen = std::collections::BTreeSet::new();
        for event in &events {
            let dates = match event {
                Event::Fire(fire) => fire.merged.clone(),
                Event::Skip(skip) => vec![skip.nominal_date],
            };
            for date in dates {
                prop_assert!(seen.insert(date), "{} twice", date);
            }
        }
        // A shift separates the fires of the range's edge from the skips there.
        if matches!(spec.when, When::Rule(Rule::EveryDay)) && spec.shift.is_none() {
            let (first, last) = (seen.first().unwrap().number(), seen.last().unwrap().number());
            prop_assert_eq!((last - first + 1) as usize, seen.len());
        }
    }

    #[test]
    fn text_and_json_read_back(spec in any_schedule()) {
        let text = spec.to_string();
        prop_assert_eq!(ScheduleSpec::parse(&text, chrono_tz::UTC), Ok(spec.clone()), "{}", text);
        let json = serde_json::to_string(&spec).unwrap();
        prop_assert_eq!(serde_json::from_str::<ScheduleSpec>(&json).unwrap(), spec);
    }

    #[test]
    fn the_newest_missed_fire_is_found_without_listing_all(spec in any_schedule(), from in any_instant(), days in 1_i64..200) {
        let schedule = compile(&spec);
        let now = from + days * DAY;
        let all = catch_up(&schedule, CatchUp::All, from, now, 100_000);
        prop_assert_eq!(catch_up::latest(&schedule, from, now), all.run.last().cloned());
        let latest = catch_up(&schedule, CatchUp::Latest, from, now, 3);
        prop_assert_eq!(latest.run.first(), all.run.last());
        prop_assert_eq!(latest.more, all.run.len() > 3);
        prop_assert!(catch_up(&schedule, CatchUp::None, from, now, 10).run.is_empty());
    }
}

#[test]
fn the_texts_of_the_reference_are_read() {
    let shanghai = chrono_tz::Asia::Shanghai;
    for text in [
        "last open day of month on SSE at 18:00 tz Asia/Shanghai",
        "every open day on HKEX & CN_WORKDAY +1 open days at 07:30 tz Asia/Shanghai",
        "15 day of month on SSE if closed modified following at 09:00 tz Asia/Shanghai",
        "every 3 open days on SSE at 09:00 tz Asia/Shanghai from 2026-01-05 until 2026-12-31",
        "every monday, thursday on SSE if closed next -2 days at 09:00, 15:30 tz Asia/Shanghai cut 21:00 next",
        "cron(0 30 18 * * ?) on SSE tz America/New_York beyond week mask",
        "last trading day of month on SSE at 21:00",
        "first open day of fiscal_year_04 on HKEX - SSE -2 open days of CN_WORK at 08:00",
    ] {
        let spec = ScheduleSpec::parse(text, shanghai).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ScheduleSpec::parse(&spec.to_string(), chrono_tz::UTC), Ok(spec), "{text}");
    }
}

#[test]
fn wrong_texts_say_where() {
    let table = [
        ("sometimes at 09:00", 0, "`every`, `first`, `last`, a number or `cron(`"),
        (
            "every open day at 09:00",
            0,
            "a schedule that holds together (the rule counts open days, so it needs a calendar)",
        ),
        (
            "every day +1 open days at 09:00",
            10,
            "a schedule that holds together (a shift by open days needs a calendar: the schedule's, or one of its own after `of`)",
        ),
        ("every day on SSE", 16, "`on`, `if closed`, a shift or `at` and a time such as 18:00"),
        ("every day at 25:00", 13, "a time such as 18:00"),
        ("every day at 09:00 tz Asia/Beijing", 22, "a time zone such as Asia/Shanghai"),
        (
            "every day at 09:00 on SSE",
            19,
            "`on`, `if closed`, a shift, `at`, `tz`, `from`, `until`, `cut`, `beyond` or the end, in this order",
        ),
        ("last open day on SSE at 09:00", 14, "`of` and a period"),
    ];
    for (text, at, expected) in table {
        let error = ScheduleSpec::parse(text, chrono_tz::UTC).unwrap_err();
        assert_eq!((error.at, error.expected.as_str()), (at, expected), "{text}");
    }
    let error = ScheduleSpec::parse("cron(0 25 * * *)", chrono_tz::UTC).unwrap_err();
    assert_eq!(error.at, 7, "{error}");
}

#[test]
fn closed_days_are_skipped_with_their_reason() {
    let spec = ScheduleSpec {
        calendar: Some(CalendarExpr::parse("SSE").unwrap()),
        ..cron("0 18 * * *", chrono_tz::Asia::Shanghai)
    };
    let events = events(&spec, "2026-09-30T00:00", "2026-10-03T00:00");
    let [Event::Fire(_), Event::Skip(first), Event::Skip(_)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(shown(first.instant_ms), "2026-10-01T10:00");
    assert_eq!(first.reason.text(Lang::En), "SSE closed (National Day)");
    assert_eq!(first.reason.text(Lang::Zh), "SSE 休市（国庆节）");
}

#[test]
fn the_small_hours_belong_to_yesterday() {
    let mut spec = ScheduleSpec {
        calendar: Some(CalendarExpr::parse("SSE").unwrap()),
        ..cron("0 2 * * *", chrono_tz::Asia::Shanghai)
    };
    spec.day_cut = Some(DayCut { at: "06:00".parse().unwrap(), side: CutSide::Previous });
    // Friday the 20th is open: it fires in Saturday's small hours; Sunday's and Monday's belong to closed days.
    let fires = only_fires(events(&spec, "2026-11-19T17:00", "2026-11-24T00:00"));
    let days: Vec<(String, String)> = fires.iter().map(|fire| (fire.wall.to_string(), fire.day.to_string())).collect();
    let expected = [
        ("2026-11-20 02:00:00", "2026-11-19"),
        ("2026-11-21 02:00:00", "2026-11-20"),
        ("2026-11-24 02:00:00", "2026-11-23"),
    ];
    assert_eq!(days, expected.map(|(wall, day)| (wall.to_owned(), day.to_owned())));
}

#[test]
fn past_the_horizon_it_holds_or_assumes() {
    let mut spec = rule(Rule::EveryOpenDay, "SSE", "18:00");
    let told: Vec<_> = compile(&spec).events(utc("2026-12-30T12:00"), utc("2027-03-01T00:00")).collect();
    let [Ok(Event::Fire(last)), Err(hold)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((last.day, hold.day()), (date("2026-12-31"), Some(date("2027-01-01"))));
    assert_eq!(hold.text(Lang::Zh), "SSE 在 2027-01-01 是否开市尚未公布（已公布至 2026-12-31）");
    spec.beyond = Beyond::AssumeWeekMask;
    let fire = next_fire(&spec, Calendars::builtin(), utc("2026-12-31T12:00")).unwrap().unwrap();
    assert_eq!((fire.day, fire.reason.assumed), (date("2027-01-01"), true));
    spec.until = Some(date("2026-12-31"));
    assert_eq!(next_fire(&spec, Calendars::builtin(), utc("2026-12-31T12:00")), Ok(None), "ended, not held");
}

#[test]
fn contradictions_are_refused() {
    let base = rule(Rule::EveryOpenDay, "SSE", "18:00");
    let refused = |change: fn(&mut ScheduleSpec)| {
        let mut spec = base.clone();
        change(&mut spec);
        spec.check().unwrap_err()
    };
    assert_eq!(refused(|spec| spec.times.clear()), SpecError::NoTimes);
    assert_eq!(refused(|spec| spec.calendar = None), SpecError::NoCalendar);
    assert_eq!(refused(|spec| spec.when = When::Rule(Rule::EveryOpenDays(2))), SpecError::NoFrom);
    assert_eq!(refused(|spec| spec.when = When::Rule(Rule::Weekdays(vec![]))), SpecError::NoWeekdays);
    assert_eq!(refused(|spec| spec.when = When::Cron(Cron::parse("0 9 * * *").unwrap())), SpecError::TimesWithCron);
    assert_eq!(
        refused(|spec| (spec.from, spec.until) = (Some(date("2026-02-01")), Some(date("2026-01-01")))),
        SpecError::Empty
    );
    assert!(
        serde_json::from_str::<ScheduleSpec>(r#"{"when":{"cron":"0 9 * * *"},"timezone":"UTC","colour":1}"#).is_err()
    );
    let unknown = ScheduleSpec { calendar: Some(CalendarExpr::parse("MOON").unwrap()), ..base };
    assert_eq!(next_fire(&unknown, Calendars::builtin(), 0), Err(Hold::Resolve(ResolveError::Unknown("MOON".into()))));
}

#[test]
fn the_business_date_starts_from_the_day_before_the_shift() {
    let mut spec = rule(Rule::EveryOpenDay, "SSE", "07:30");
    spec.shift = Some(Shift { n: 1, unit: ShiftUnit::OpenDays, of: None });
    let fire = next_fire(&spec, Calendars::builtin(), utc("2024-10-07T12:00")).unwrap().unwrap();
    assert_eq!(shown(fire.instant_ms), "2024-10-07T23:30");
    let sse = Calendars::builtin().get("SSE").unwrap();
    let of = |rule: &str| business_date(Some(&sse), &expr::Expr::parse(rule).unwrap(), Calendars::builtin(), &fire);
    assert_eq!((of("T"), of("T-1")), (Ok(date("2024-09-30")), Ok(date("2024-09-27"))));
}

#[test]
fn dates_are_explained() {
    let explain = |spec: &ScheduleSpec, day: &str, lang| compile(spec).explain(date(day)).text(lang);
    let mut spec = rule(Rule::EveryDay, "SSE", "18:00");
    let expected =
        "Doesn't fire on 2026-10-05: SSE closed (National Day). Next fire: 2026-10-08 18:00. Calendar: SSE r0.";
    assert_eq!(explain(&spec, "2026-10-05", Lang::En), expected);
    let expected = "2026-10-05 不触发：SSE 休市（国庆节）。下次触发：2026-10-08 18:00。日历：SSE r0。";
    assert_eq!(explain(&spec, "2026-10-05", Lang::Zh), expected);
    spec.on_closed = OnClosed::Following;
    let expected = "Doesn't fire on 2026-11-21: SSE closed (weekend); it fires on 2026-11-23 instead. Next fire: 2026-11-23 18:00. Calendar: SSE r0.";
    assert_eq!(explain(&spec, "2026-11-21", Lang::En), expected);
    let expected = "Fires on 2026-11-23 at 18:00:00, for 2026-11-23. Stands for 2026-11-21 too: SSE closed (weekend). Stands for 2026-11-22 too: SSE closed (weekend). Calendar: SSE r0.";
    assert_eq!(explain(&spec, "2026-11-23", Lang::En), expected);
    let expected = "2027-01-01 无法判断：SSE 在 2027-01-01 是否开市尚未公布（已公布至 2026-12-31）。日历：SSE r0。";
    assert_eq!(explain(&spec, "2027-01-01", Lang::Zh), expected);
    let monday = rule(Rule::Weekdays(vec![Weekday::Mon]), "SSE", "18:00");
    assert!(explain(&monday, "2026-11-24", Lang::En).contains("the rule doesn't name this date"));
    let mut gap = cron("30 2 * * *", chrono_tz::America::New_York);
    let expected =
        "Fires on 2026-03-08 at 02:30:00, for 2026-03-08. The clock skips this time: it fires as soon as the gap ends.";
    assert_eq!(explain(&gap, "2026-03-08", Lang::En), expected);
    gap.timezone = chrono_tz::Pacific::Apia;
    let expected = "Doesn't fire on 2011-12-30: the time zone has no such date. Next fire: 2011-12-31 02:30.";
    assert_eq!(explain(&gap, "2011-12-30", Lang::En), expected);
}

#[test]
fn schedules_in_words() {
    let table = [
        (
            "last open day of month on SSE at 18:00",
            "on the last open day of each month on SSE, at 18:00 (Asia/Shanghai)",
            "SSE 每月最后一个开放日，18:00 (Asia/Shanghai)",
        ),
        (
            "every open day on HKEX & CN_WORKDAY +1 open days at 07:30",
            "on every open day of HKEX & CN_WORKDAY, 1 open day later, at 07:30 (Asia/Shanghai)",
            "HKEX & CN_WORKDAY 每个开放日，推后 1 个开放日，07:30 (Asia/Shanghai)",
        ),
        (
            "15 day of month on SSE if closed modified following at 09:00, 10:30",
            "on the 15th day of each month, moved to the next open day of the month, else to the one before, when SSE is closed, \
             at 09:00 and 10:30 (Asia/Shanghai)",
            "每月第 15 天，遇 SSE 非开放日顺延(不跨月)，09:00、10:30 (Asia/Shanghai)",
        ),
        (
            "-2 friday of quarter -1 days at 09:00 until 2026-12-31",
            "on the 2nd last Friday of each quarter, 1 day earlier, at 09:00, until 2026-12-31 (Asia/Shanghai)",
            "每季度倒数第 2 个周五，提前 1 天，09:00，至 2026-12-31 止 (Asia/Shanghai)",
        ),
        (
            "every 3 open days on SSE +1 open day of HKEX at 09:00 from 2026-01-05",
            "on every 3rd open day of SSE, 1 HKEX open day later, at 09:00, from 2026-01-05 (Asia/Shanghai)",
            "SSE 每 3 个开放日，推后 1 个 HKEX 开放日，09:00，自 2026-01-05 起 (Asia/Shanghai)",
        ),
        (
            "every monday, thursday on SSE if closed previous at 09:00 cut 06:00 beyond week mask",
            "every Monday and Thursday, moved to the open day before when SSE is closed, at 09:00, times before 06:00 counting \
             as the day before, past the last published day by the week mask (Asia/Shanghai)",
            "每周一、周四，遇 SSE 非开放日提前，09:00，06:00 之前归前一日，超出已公布范围按周模板推定 (Asia/Shanghai)",
        ),
        (
            "every day on SSE if closed run at 21:30 cut 21:00 next",
            "every day, also when SSE is closed, at 21:30, times from 21:00 on counting as the next open day (Asia/Shanghai)",
            "每天，遇 SSE 非开放日照常运行，21:30，21:00 起归下一开放日 (Asia/Shanghai)",
        ),
        (
            "cron(30 18 * * 1-5) on SSE",
            "at 18:30, Monday to Friday, except when SSE is closed (Asia/Shanghai)",
            "周一至周五，18:30，遇 SSE 非开放日跳过 (Asia/Shanghai)",
        ),
    ];
    for (text, en, zh) in table {
        let spec = ScheduleSpec::parse(text, chrono_tz::Asia::Shanghai).unwrap();
        assert_eq!((spec.describe(Lang::En).as_str(), spec.describe(Lang::Zh).as_str()), (en, zh), "{text}");
    }
}
