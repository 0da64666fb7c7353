//! Placeholders with the values that DolphinScheduler's documentation and code give.

use super::*;

fn moment(wall: &str) -> Moment {
    let wall: NaiveDateTime = wall.parse().unwrap();
    Moment { business_date: BizDate::from_naive(wall.date()).unwrap().pred(), wall, zone: Tz::Asia__Shanghai }
}

#[test]
fn documented_placeholders_have_their_documented_values() {
    let table = [
        ("$[yyyyMMddHHmmss]", "20220826183005"),
        ("$[yyyyMMdd]", "20220826"),
        ("$[HHmmss]", "183005"),
        ("$[yyyy-MM-dd]", "2022-08-26"),
        ("$[yyyy-MM-dd HH:mm:ss]", "2022-08-26 18:30:05"),
        ("$[yyyyMM]", "202208"),
        ("$[yyyyMMdd-1]", "20220825"),
        ("$[yyyyMMdd+7*2]", "20220909"),
        ("$[yyyy-MM-dd-1]", "2022-08-25"),
        ("$[HHmmss-1/24]", "173005"),
        ("$[HHmmss+30/24/60]", "190005"),
        ("$[yyyyMMddHH-6/24]", "2022082612"),
        ("$[add_months(yyyyMMdd,-1)]", "20220726"),
        ("$[add_months(yyyyMMdd,12*1)]", "20230826"),
        ("$[add_months(yyyy-MM,-6)]", "2022-02"),
        ("$[this_day(yyyy-MM-dd)]", "2022-08-26"),
        ("$[last_day(yyyy-MM-dd)]", "2022-08-25"),
        ("$[year_week(yyyy-MM-dd)]", "2022-34"),
        ("$[year_week(yyyy-MM-dd,5)]", "2022-35"),
        ("$[year_week(yyyyMMdd)]", "202234"),
        ("$[month_first_day(yyyy-MM-dd,-1)]", "2022-07-01"),
        ("$[month_first_day(yyyyMMdd)]", "20220801"),
        ("$[month_last_day(yyyy-MM-dd,-1)]", "2022-07-31"),
        ("$[week_first_day(yyyy-MM-dd,-1)]", "2022-08-15"),
        ("$[week_last_day(yyyy-MM-dd,-1)]", "2022-08-21"),
        ("$[month_begin(yyyyMMdd,1)]", "20220802"),
        ("$[month_end(yyyyMMdd,-1)]", "20220830"),
        ("$[week_begin(yyyyMMdd,0)]", "20220822"),
        ("$[week_end(yyyyMMdd,1)]", "20220829"),
        ("$[timestamp(yyyyMMddHHmmss)]", "1661509805"),
        ("$[timestamp(add_months(yyyyMMdd,0))]", "1661443200"),
        ("${system.biz.date}", "20220825"),
        ("${system.biz.curdate}", "20220826"),
        ("${system.datetime}", "20220826183005"),
    ];
    for (text, expected) in table {
        assert_eq!(substitute(text, &moment("2022-08-26T18:30:05")), expected, "{text}");
        assert_eq!(faults(text), [], "{text}");
    }
}

/// Kept as it is there, so that file names don't change on migration.
#[test]
fn the_week_of_new_year_has_the_calendar_year() {
    assert_eq!(substitute("$[year_week(yyyy-MM-dd)]", &moment("2021-01-03T00:00:00")), "2021-53");
    assert_eq!(substitute("$[year_week(yyyyMMdd)]", &moment("2024-12-30T00:00:00")), "202401");
}

#[test]
fn what_is_the_shells_stays() {
    let script = "echo $[1+2] ${HOME} $$ $1 ${#a[@]} $[ x * 2 ] $[\n] ${system.task.instance.id} 汉 $";
    assert_eq!(substitute(script, &moment("2022-08-26T18:30:05")), script);
    assert_eq!(faults(script), []);
    let mixed = "load.sh -d $[yyyyMMdd-1] > /data/${system.biz.date}.log # $5";
    let expected = "load.sh -d 20220825 > /data/20220825.log # $5";
    assert_eq!(substitute(mixed, &moment("2022-08-26T18:30:05")), expected);
}

#[test]
fn placeholders_without_a_value_are_told() {
    let script = "汉 $[add_months(yyyyMMdd)] $[yyyyMMdd-1/0] $[yyyyQQ] $[this_day(yyyy] $[yyyyMMdd-999999*9]";
    assert_eq!(substitute(script, &moment("2022-08-26T18:30:05")), script);
    let told = faults(script);
    let places: Vec<(usize, &str)> = told.iter().map(|fault| (fault.at, fault.problem)).collect();
    let expected = [
        (2, "it needs a number after the pattern"),
        (26, "it divides by zero"),
        (42, "its pattern has letters without a meaning"),
        (52, "`)` is missing at its end"),
        (69, "it lies outside the years 1900 to 2299"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_backfill_counts_from_the_end_of_its_date() {
    let date: BizDate = "2022-08-25".parse().unwrap();
    let backfill = Moment::of_business_date(date, Tz::Asia__Shanghai);
    assert_eq!(substitute("${system.biz.date} $[yyyyMMdd-1] $[yyyyMMdd]", &backfill), "20220825 20220825 20220826");
    let fired = Moment::scheduled(date, 1_661_443_200_000, Tz::Asia__Shanghai);
    assert_eq!(substitute("$[yyyy-MM-dd HH:mm]", &fired), "2022-08-26 00:00");
}
