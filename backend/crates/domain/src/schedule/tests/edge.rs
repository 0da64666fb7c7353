//! The edge cases of calendars and schedules whose answers are known from published days.

use super::*;
use crate::{
    bizdate::Expr,
    calendar::{
        Base, DayStatus,
        base::{DayRule, RuleStatus},
    },
};

fn calendar(name: &str) -> Calendar {
    Calendars::builtin().resolve_text(name).unwrap()
}

#[track_caller]
fn check(case: u32, expression: &str, t: &str, expected: &str) {
    let value = Expr::parse(expression).unwrap().evaluate(date(t), Some(&calendar("SSE")), Calendars::builtin());
    let shown = value.map_or_else(|error| error.to_string(), |date| date.to_string());
    assert_eq!(shown, expected, "case {case}: {expression} of {t}");
}

fn open_days(name: &str, from: &str, to: &str) -> Vec<String> {
    let calendar = calendar(name);
    let days = calendar.open_days(date(from), date(to)).map(|day| day.unwrap().to_string());
    days.map(|day| day[5..].to_owned()).collect()
}

fn beyond(calendar: &str, day: &str, until: &str) -> CalendarError {
    CalendarError::BeyondHorizon {
        calendar: calendar.into(),
        day: date(day),
        known_from: self::calendar(calendar).known_from(),
        known_until: Some(date(until)),
    }
}

#[test]
fn cases_1_to_8_days_around_the_spring_festival() {
    check(1, "T.next(SSE)", "2024-09-30", "2024-10-08");
    let day = date("2024-02-09");
    assert_eq!(calendar("CN_WORKDAY").is_open(day), Ok(true), "case 2");
    assert_eq!(calendar("SSE").is_open(day), Ok(false), "case 2");
    let DayStatus::Open(session) = calendar("HKEX").status(day) else { panic!("case 2: HKEX is open") };
    assert!(session.half && session.close == Some("12:00".parse().unwrap()), "case 2: {session:?}");
    assert_eq!(calendar("CN_WORK").is_open(date("2024-02-04")), Ok(true), "case 3");
    assert_eq!(calendar("SSE").is_open(date("2024-02-04")), Ok(false), "case 3");
    check(4, "T+1@SSE", "2024-02-08", "2024-02-19");
    check(4, "T+2", "2024-02-08", "2024-02-20");
    check(5, "T.next(CN_WORKDAY)", "2024-02-09", "2024-02-18");
    check(6, "T.nth(SSE, month, -1)", "2026-02-10", "2026-02-27");
    check(6, "T.nth(CN_WORKDAY, month, -1)", "2026-02-10", "2026-02-28");
    check(7, "T.nth(SSE, year, 1)", "2026-06-01", "2026-01-05");
    check(7, "T.nth(CN_WORKDAY, year, 1)", "2026-06-01", "2026-01-04");
    check(8, "T.nth(SSE, month, 5)", "2024-02-01", "2024-02-07");
}

#[test]
fn cases_9_to_14_rolls_and_offsets() {
    check(9, "T.roll(SSE, following)", "2024-08-31", "2024-09-02");
    check(9, "T.roll(SSE, modified following)", "2024-08-31", "2024-08-30");
    check(10, "T.roll(SSE, preceding)", "2024-10-01", "2024-09-30");
    check(10, "T.roll(SSE, modified_preceding)", "2024-10-01", "2024-10-08");
    check(11, "T.roll(SSE, nearest)", "2024-10-01", "2024-09-30");
    check(11, "T.roll(SSE, nearest)", "2024-10-05", "2024-10-08");
    check(12, "T+1", "2024-10-03", "2024-10-08");
    check(12, "T.roll(SSE, following)+1", "2024-10-03", "2024-10-09");
    check(12, "T.roll(SSE, preceding)+1", "2024-10-03", "2024-10-08");
    let twice = calendar("SSE").roll_then_offset(date("2024-10-03"), Roll::Following, 1);
    assert_eq!(twice, Ok(date("2024-10-09")), "case 12");
    check(13, "T+0", "2024-10-03", "2024-10-08");
    check(14, "T-1", "2024-02-19", "2024-02-08");
}

#[test]
fn cases_15_to_19_hong_kong_and_combinations() {
    check(15, "T.next(HKEX)", "2023-08-31", "2023-09-04");
    check(15, "T.next(HKEX)", "2023-09-07", "2023-09-11");
    check(16, "T.next(HKEX)", "2024-09-05", "2024-09-09");
    let both = ["09-25", "09-26", "09-27", "09-30", "10-08", "10-09", "10-10", "10-14", "10-15"];
    assert_eq!(open_days("SSE & HKEX", "2024-09-25", "2024-10-15"), both, "case 18");
    let hong_kong = ["10-02", "10-03", "10-04", "10-07"];
    assert_eq!(open_days("HKEX - SSE", "2024-09-25", "2024-10-15"), hong_kong, "case 19");
    assert_eq!(open_days("SSE - HKEX", "2024-09-25", "2024-10-15"), ["10-11"], "case 19");
}

/// An exchange that is closed by an override entered on the day: the later fires of that day vanish.
#[test]
fn case_17_an_unscheduled_closure() {
    let spec = ScheduleSpec {
        calendar: Some(CalendarExpr::parse("HKEX").unwrap()),
        ..cron("0 9,16 * * *", chrono_tz::Asia::Hong_Kong)
    };
    let before = next_fire(&spec, Calendars::builtin(), utc("2026-11-20T01:05")).unwrap().unwrap();
    assert_eq!(shown(before.instant_ms), "2026-11-20T08:00");
    let calendars = revised("HKEX", "2026-11-20", "typhoon");
    let after = next_fire(&spec, &calendars, utc("2026-11-20T01:05")).unwrap().unwrap();
    assert_eq!(shown(after.instant_ms), "2026-11-23T01:00");
}

/// The built-in calendars with a newer revision of one that is closed on a day.
fn revised(name: &str, closed: &str, reason: &'static str) -> Calendars {
    let mut definition = calendar(name).bases().next().unwrap().definition().clone();
    definition.revision += 1;
    definition.overrides.push(DayRule { date: date(closed), status: RuleStatus::Closed, reason: Some(reason.into()) });
    let mut calendars = Calendars::builtin().clone();
    calendars.insert(std::sync::Arc::new(Base::compile(definition).unwrap()));
    calendars
}

#[test]
fn case_20_a_combined_calendar_and_a_shift() {
    let shifted = |of: Option<&str>| {
        let mut spec = rule(Rule::EveryOpenDay, "HKEX & CN_WORKDAY", "07:30");
        spec.shift = Some(Shift { n: 1, unit: ShiftUnit::OpenDays, of: of.map(|of| CalendarExpr::parse(of).unwrap()) });
        let fires = only_fires(events(&spec, "2024-09-23T00:00", "2024-10-18T00:00"));
        let on =
            |nominal| fires.iter().find(|fire| fire.nominal_date == date(nominal)).unwrap().wall.date().to_string();
        [on("2024-09-30"), on("2024-10-10")]
    };
    assert_eq!(shifted(None), ["2024-10-08", "2024-10-14"]);
    assert_eq!(shifted(Some("SSE")), ["2024-10-08", "2024-10-11"]);
}

#[test]
fn cases_21_to_26_months_quarters_and_counts() {
    check(21, "T.add(-1y)", "2024-02-29", "2023-02-28");
    check(21, "T.add(-1y)", "2025-02-28", "2024-02-28");
    assert_eq!(date("2025-02-28").add_months_keeping_end(-12), Some(date("2024-02-29")), "case 22");
    check(22, "T.add(-1y).end(month)", "2025-02-28", "2024-02-29");
    check(23, "T.add(-1m)", "2024-03-31", "2024-02-29");
    check(23, "T.add(-1m).add(1m)", "2024-03-31", "2024-03-29");
    check(24, "T.start(quarter).prev(SSE)", "2026-01-05", "2025-12-31");
    check(25, "T.nth(SSE, month, 20)", "2024-02-10", "the month of 2024-02-10 has no open day number 20 on SSE");
    check(26, "T.nth(SSE, week, 1)", "2024-02-14", "the week of 2024-02-14 has no open day number 1 on SSE");
    check(26, "T.nth(CN_WORKDAY, week, 1)", "2024-02-14", "2024-02-18");
}

#[test]
fn case_25_no_fire_but_a_reason_and_not_in_march() {
    let spec = rule(Rule::Ordinal { n: 20, of: DayKind::OpenDay, period: Period::Month }, "SSE", "18:00");
    let events = events(&spec, "2024-02-01T00:00", "2024-03-28T00:00");
    let [Event::Skip(skip)] = &events[..] else { panic!("{events:?}") };
    let expected = SkipReason::NoSuchDay { period: Period::Month, start: date("2024-02-01"), n: 20 };
    assert_eq!((skip.nominal_date, &skip.reason), (date("2024-02-29"), &expected));
}

#[test]
fn cases_27_to_29_horizons() {
    let last = date("2026-12-31");
    assert_eq!(calendar("SSE").offset(last, 1), Err(beyond("SSE", "2027-01-01", "2026-12-31")), "case 27");
    let day = date("2027-01-04");
    assert_eq!(calendar("SSE").is_open(day), Err(beyond("SSE", "2027-01-04", "2026-12-31")), "case 27");
    check(28, "T.next(HKEX)", "2026-12-31", "2027-01-04");
    assert_eq!(calendar("SSE | HKEX").offset(last, 1), Err(beyond("SSE", "2027-01-01", "2026-12-31")), "case 29");
    let hold = next_fire(&rule(Rule::EveryOpenDay, "SSE", "18:00"), Calendars::builtin(), utc("2026-12-31T10:00"));
    assert_eq!(hold, Err(Hold::Calendar(beyond("SSE", "2027-01-01", "2026-12-31"))));
}

#[test]
fn cases_30_to_32_rolled_schedules() {
    let mut daily = rule(Rule::EveryDay, "SSE", "18:00");
    daily.on_closed = OnClosed::Following;
    let fires = only_fires(events(&daily, "2024-09-30T16:00", "2024-10-08T16:00"));
    let [fire] = &fires[..] else { panic!("case 30: {fires:?}") };
    assert_eq!((fire.nominal_date, fire.merged.len()), (date("2024-10-08"), 8), "case 30");
    assert_eq!(fire.merged.first(), Some(&date("2024-10-01")), "case 30");
    let mut first = rule(Rule::Ordinal { n: 1, of: DayKind::Day, period: Period::Month }, "SSE", "18:00");
    first.on_closed = OnClosed::Preceding;
    let at = |spec: &ScheduleSpec, from: &str| next_fire(spec, Calendars::builtin(), utc(from)).unwrap().unwrap();
    let fire = at(&first, "2025-09-02T00:00");
    assert_eq!(
        (fire.wall.date().to_string().as_str(), fire.nominal_date),
        ("2025-09-30", date("2025-10-01")),
        "case 31"
    );
    first.on_closed = OnClosed::ModifiedPreceding;
    assert_eq!(at(&first, "2025-09-02T00:00").wall.date().to_string(), "2025-10-09", "case 31");
    let mut friday =
        rule(Rule::Ordinal { n: -1, of: DayKind::Weekday(Weekday::Fri), period: Period::Month }, "SSE", "18:00");
    friday.on_closed = OnClosed::Preceding;
    assert_eq!(at(&friday, "2023-09-01T00:00").wall.date().to_string(), "2023-09-28", "case 32");
    friday.on_closed = OnClosed::Following;
    assert_eq!(at(&friday, "2023-09-01T00:00").wall.date().to_string(), "2023-10-09", "case 32");
}

#[test]
fn cases_33_to_37_and_44_clock_changes() {
    let new_york = chrono_tz::America::New_York;
    let mut close = rule(Rule::EveryOpenDay, "NYSE", "17:00");
    close.timezone = new_york;
    let fires = fire_instants(&close, "2026-03-06T12:00", "2026-03-10T12:00");
    assert_eq!(fires, ["2026-03-06T22:00", "2026-03-09T21:00"], "case 33");
    close.times = vec!["16:00".parse().unwrap()];
    let fires = only_fires(events(&close, "2026-03-06T12:00", "2026-03-10T12:00"));
    let shanghai: Vec<String> =
        fires.iter().map(|fire| civil::wall(chrono_tz::Asia::Shanghai, fire.instant_ms).to_string()).collect();
    assert_eq!(shanghai, ["2026-03-07 05:00:00", "2026-03-10 04:00:00"], "case 34");
    assert_eq!(fires[0].day, date("2026-03-06"), "case 34: the market's own date");
    let gap = cron("30 2 * * *", new_york);
    assert_eq!(fire_instants(&gap, "2026-03-08T05:00", "2026-03-09T05:00"), ["2026-03-08T07:00"], "case 35");
    let overlap = cron("30 1 * * *", new_york);
    assert_eq!(fire_instants(&overlap, "2026-11-01T04:00", "2026-11-02T05:00"), ["2026-11-01T05:30"], "case 36");
    let often = only_fires(events(&cron("*/15 * * * *", new_york), "2026-11-01T04:00", "2026-11-01T09:00"));
    let steps: Vec<i64> = often.windows(2).map(|pair| pair[1].instant_ms - pair[0].instant_ms).collect();
    assert_eq!(often.len(), 20, "case 37");
    assert!(steps.iter().all(|step| *step == 900_000), "case 37: {steps:?}");
    let apia = cron("0 18 * * *", chrono_tz::Pacific::Apia);
    let days: Vec<String> = only_fires(events(&apia, "2011-12-29T00:00", "2012-01-01T00:00"))
        .iter()
        .map(|fire| fire.wall.date().to_string())
        .collect();
    assert_eq!(days, ["2011-12-28", "2011-12-29", "2011-12-31"], "case 44");
}

#[test]
fn case_38_the_close_of_a_half_day() {
    let DayStatus::Open(session) = calendar("HKEX").status(date("2024-12-24")) else { panic!("HKEX is open") };
    let close = session.close.unwrap();
    let wall = date("2024-12-24").naive().and_hms_opt(0, 0, 0).unwrap()
        + chrono::TimeDelta::seconds(i64::from(close.seconds()) + 1_800);
    let civil::Civil::Once(ms) = civil::locate(chrono_tz::Asia::Hong_Kong, wall) else { panic!("an ordinary time") };
    assert_eq!(shown(ms), "2024-12-24T04:30");
}

#[test]
fn case_39_the_night_session_belongs_to_the_next_trading_day() {
    let mut night = cron("30 21 * * 1-5", chrono_tz::Asia::Shanghai);
    night.calendar = Some(CalendarExpr::parse("SSE").unwrap());
    night.day_cut = Some(DayCut { at: "21:00".parse().unwrap(), side: CutSide::Next });
    let fire = next_fire(&night, Calendars::builtin(), utc("2024-09-27T12:00")).unwrap().unwrap();
    assert_eq!((shown(fire.instant_ms).as_str(), fire.day), ("2024-09-27T13:30", date("2024-09-30")));
}

/// The list of 2025 gained 02-04 after schedules had been made.
#[test]
fn case_40_a_revision_withdraws_a_fire() {
    let mut early = calendar("SSE").bases().next().unwrap().definition().clone();
    early.days.retain(|rule| rule.date != date("2025-02-04"));
    let mut calendars = Calendars::builtin().clone();
    calendars.insert(std::sync::Arc::new(Base::compile(early).unwrap()));
    let spec = rule(Rule::EveryOpenDay, "SSE", "18:00");
    let next = |calendars| shown(next_fire(&spec, calendars, utc("2025-01-27T12:00")).unwrap().unwrap().instant_ms);
    assert_eq!(next(&calendars), "2025-02-04T10:00");
    assert_eq!(next(Calendars::builtin()), "2025-02-05T10:00");
}

#[test]
fn cases_41_and_42_more_markets() {
    let days = ["02-09", "02-10", "02-11", "02-12", "02-13", "02-24", "02-25", "02-26", "02-27"];
    assert_eq!(open_days("SSE & HKEX", "2026-02-09", "2026-02-28"), days, "case 41");
    assert_eq!(calendar("NYSE").is_open(date("2021-12-31")), Ok(true), "case 42");
    check(42, "T+1@NYSE", "2025-01-08", "2025-01-10");
}

#[test]
fn case_43_day_of_month_or_weekday() {
    let either = cron("0 9 15 * 1", chrono_tz::UTC);
    let days = fire_instants(&either, "2026-11-10T00:00", "2026-11-24T00:00");
    assert_eq!(days, ["2026-11-15T09:00", "2026-11-16T09:00", "2026-11-23T09:00"]);
}

#[test]
fn case_45_shanghai_had_summer_time() {
    let noon = cron("0 12 * * *", chrono_tz::Asia::Shanghai);
    let fires = fire_instants(&noon, "1989-07-01T00:00", "1989-07-02T00:00");
    assert_eq!(fires, ["1989-07-01T03:00"]);
}

/// The last day that dates reach has its fires like any other, and the search for more of them ends.
#[test]
fn the_end_of_all_dates_is_the_end_of_the_search() {
    let mut daily = rule(Rule::EveryDay, "DAILY", "18:00");
    for on_closed in [OnClosed::Preceding, OnClosed::Following, OnClosed::Skip] {
        daily.on_closed = on_closed;
        let fires = fire_instants(&daily, "2299-12-30T00:00", "2300-01-02T00:00");
        assert_eq!(fires, ["2299-12-30T10:00", "2299-12-31T10:00"], "{on_closed:?}");
    }
}

/// What a schedule does at the end of 2026, up to its hold; of SSE nothing later is known.
fn check_horizon(spec: &ScheduleSpec, until: &str, fires: &[&str], held: bool) {
    let mut found: Vec<_> = compile(spec).fires(utc("2026-12-30T16:00"), utc(until)).collect();
    let hold = found.pop_if(|last| last.is_err());
    let found: Vec<String> = found.into_iter().map(|fire| shown(fire.unwrap().instant_ms)).collect();
    assert_eq!(
        (found, hold.is_some()),
        (fires.iter().map(|it| (*it).to_owned()).collect(), held),
        "{spec} until {until}"
    );
}

#[test]
fn at_the_horizon_only_what_may_come_after_a_hold_waits_for_it() {
    let shanghai = chrono_tz::Asia::Shanghai;
    let on_sse = |expression: &str, at: &str, side: CutSide| ScheduleSpec {
        calendar: Some(CalendarExpr::parse("SSE").unwrap()),
        day_cut: Some(DayCut { at: at.parse().unwrap(), side }),
        ..cron(expression, shanghai)
    };
    // The small hours of 01-01 are for 12-31, which is known.
    let small_hours = on_sse("0 0 2,18 * * ?", "06:00", CutSide::Previous);
    let fires = ["2026-12-30T18:00", "2026-12-31T10:00", "2026-12-31T18:00"];
    check_horizon(&small_hours, "2027-01-02T00:00", &fires, true);
    check_horizon(&small_hours, "2027-01-01T10:00", &fires, false);
    // From 21:00 on 12-31 it is already the next open day, which isn't known.
    let night = on_sse("0 0 9,21 * * ?", "21:00", CutSide::Next);
    check_horizon(&night, "2027-01-02T00:00", &["2026-12-31T01:00"], true);
    check_horizon(&night, "2026-12-31T13:00", &["2026-12-31T01:00"], false);
    // The day two open days before one that isn't known may be known itself.
    let mut ahead = on_sse("0 0 9 * * ?", "06:00", CutSide::Previous);
    ahead.shift = Some(Shift { n: -2, unit: ShiftUnit::OpenDays, of: None });
    check_horizon(&ahead, "2027-01-02T00:00", &[], true);
    // Where the day before may be rolled to it, it is told; the days after 12-31 can't go back beyond it.
    let mut rolled = on_sse("0 0 9 20 * ?", "06:00", CutSide::Previous);
    rolled.on_closed = OnClosed::Preceding;
    check_horizon(&rolled, "2026-12-31T00:00", &[], false);
    check_horizon(&rolled, "2026-12-31T02:00", &[], true);
}
