//! What holds for every schedule: order, no fire twice, one answer however it is asked, and the round trips.

use proptest::prelude::*;

use super::*;

fn any_rule() -> impl Strategy<Value = Rule> {
    let ordinal = (
        prop::sample::select(vec![1, 2, 3, 15, 31, -1, -2, -5]),
        prop::sample::select(vec![DayKind::Day, DayKind::OpenDay, DayKind::Weekday(Weekday::Fri)]),
        prop::sample::select(vec![Period::Week, Period::TenDay, Period::Month, Period::Quarter, Period::FiscalYear(4)]),
    );
    prop_oneof![
        Just(Rule::EveryDay),
        Just(Rule::EveryOpenDay),
        Just(Rule::Weekdays(vec![Weekday::Mon, Weekday::Thu])),
        ordinal
            .prop_map(|(n, of, period)| Rule::Ordinal { n, of, period })
            .prop_filter("it never comes", |ordinal| rule(ordinal.clone(), "SSE", "09:00").check().is_ok()),
        (1_u32..9).prop_map(Rule::EveryOpenDays),
    ]
}

fn any_when() -> impl Strategy<Value = When> {
    let crons = ["30 2 * * *", "0 0 9 ? * MON-FRI", "0 0 18 L * ?", "*/30 9-15 * * *", "0 9 15 * 1", "0 0 2 1W * ?"];
    prop_oneof![
        3 => any_rule().prop_map(When::Rule),
        1 => prop::sample::select(crons.to_vec()).prop_map(|text| When::Cron(Cron::parse(text).unwrap())),
    ]
}

fn any_policy() -> impl Strategy<Value = OnClosed> {
    prop::sample::select(vec![
        OnClosed::Skip,
        OnClosed::Run,
        OnClosed::Following,
        OnClosed::ModifiedFollowing,
        OnClosed::HalfMonthModifiedFollowing,
        OnClosed::Preceding,
        OnClosed::ModifiedPreceding,
        OnClosed::Nearest,
    ])
}

fn any_shift() -> impl Strategy<Value = Option<Shift>> {
    let unit = prop::sample::select(vec![ShiftUnit::OpenDays, ShiftUnit::Days]);
    prop::option::weighted(0.4, (-6_i64..=6, unit).prop_map(|(n, unit)| Shift { n, unit, of: None }))
}

prop_compose! {
    fn any_spec()(
        when in any_when(),
        on_closed in any_policy(),
        shift in any_shift(),
        calendar in prop::sample::select(vec!["SSE", "HKEX & CN_WORK", "SSE | NYSE"]),
        zone in prop::sample::select(vec![chrono_tz::Asia::Shanghai, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe]),
        times in prop::sample::subsequence(vec!["02:30", "01:45", "18:00", "23:59:30"], 1..=4),
        cut in prop::option::weighted(0.3, prop::sample::select(vec![("06:00", CutSide::Previous), ("21:00", CutSide::Next)])),
    ) -> ScheduleSpec {
        let mut spec = ScheduleSpec::new(when, zone);
        spec.calendar = Some(CalendarExpr::parse(calendar).unwrap());
        (spec.on_closed, spec.shift) = (on_closed, shift);
        if matches!(spec.when, When::Rule(_)) {
            spec.times = times.into_iter().map(|time| time.parse().unwrap()).collect();
        }
        spec.from = Some(date("2018-01-10"));
        spec.day_cut = cut.map(|(at, side)| DayCut { at: at.parse().unwrap(), side });
        spec
    }
}

fn any_instant() -> impl Strategy<Value = i64> {
    (utc("2018-03-01T00:00")..utc("2025-06-01T00:00")).prop_map(|ms| ms / 1_000 * 1_000)
}

const DAY: i64 = 86_400_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn events_are_ordered_and_no_instant_fires_twice(spec in any_spec(), from in any_instant()) {
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
    fn however_it_is_asked_the_answer_is_the_same(spec in any_spec(), from in any_instant(), piece in 1_i64..30) {
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
    fn every_nominal_date_has_one_fate(spec in any_spec(), from in any_instant()) {
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
    fn text_and_json_read_back(spec in any_spec()) {
        let text = spec.to_string();
        prop_assert_eq!(ScheduleSpec::parse(&text, chrono_tz::UTC), Ok(spec.clone()), "{}", text);
        let json = serde_json::to_string(&spec).unwrap();
        prop_assert_eq!(serde_json::from_str::<ScheduleSpec>(&json).unwrap(), spec);
    }

    #[test]
    fn the_newest_missed_fire_is_found_without_listing_all(spec in any_spec(), from in any_instant(), days in 1_i64..200) {
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
        ("every open day at 09:00", 15, "a document without this fault: open days need a calendar"),
        ("every day on SSE", 16, "`on`, `if closed`, a shift or `at` and a time such as 18:00"),
        ("every day at 25:00", 13, "a time such as 18:00"),
        ("every day at 09:00 tz Asia/Beijing", 22, "a time zone such as Asia/Shanghai"),
        (
            "every day at 09:00 on SSE",
            19,
            "`on`, `if closed`, a shift, `at`, `tz`, `from`, `until`, `cut` or the end, in this order",
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
            "on the last open day of the month on SSE, at 18:00 (Asia/Shanghai)",
            "SSE 每月最后一个开放日，18:00 (Asia/Shanghai)",
        ),
        (
            "every open day on HKEX & CN_WORKDAY +1 open days at 07:30",
            "on every open day of HKEX & CN_WORKDAY, 1 open day later, at 07:30 (Asia/Shanghai)",
            "HKEX & CN_WORKDAY 每个开放日，推后 1 个开放日，07:30 (Asia/Shanghai)",
        ),
        (
            "15 day of month on SSE if closed modified following at 09:00, 10:30",
            "on the 15th day of the month, when SSE is closed: move (modified following), at 09:00, 10:30 (Asia/Shanghai)",
            "每月第 15 天，SSE 休市时调整：顺延(不跨月)，09:00、10:30 (Asia/Shanghai)",
        ),
        (
            "-2 friday of quarter -1 days at 09:00 until 2026-12-31",
            "on the 2nd last Friday of the quarter, 1 day earlier, at 09:00, until 2026-12-31 (Asia/Shanghai)",
            "每季度倒数第 2 个周五，提前 1 天，09:00，至 2026-12-31 止 (Asia/Shanghai)",
        ),
        (
            "cron(30 18 * * 1-5) on SSE",
            "at 18:30, Monday to Friday, when SSE is closed: skip (Asia/Shanghai)",
            "周一至周五，18:30，SSE 休市时跳过 (Asia/Shanghai)",
        ),
    ];
    for (text, en, zh) in table {
        let spec = ScheduleSpec::parse(text, chrono_tz::Asia::Shanghai).unwrap();
        assert_eq!((spec.describe(Lang::En).as_str(), spec.describe(Lang::Zh).as_str()), (en, zh), "{text}");
    }
}
