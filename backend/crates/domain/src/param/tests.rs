//! Templates in, text or faults out; values given for parameters.

mod value;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{bizdate::dolphin::Moment, calendar::Calendars};

fn scope() -> Scope {
    let date = BizDate::new(2026, 10, 9).expect("a date");
    let object = |value: Value| value.as_object().cloned().expect("an object");
    Scope {
        calendar: Some("SSE".to_owned()),
        params: object(json!({"fund": "ALL", "n": 3, "on": true, "list": [1, 2]})),
        outputs: object(json!({"load": {"rows": "12"}, "two-words": {"x": 1}})),
        ..Scope::new(date, Arc::new(Calendars::builtin().clone()))
    }
}

fn check(template: &str, expect: &str) {
    let text = render(template, &scope()).unwrap_or_else(|error| error.to_string());
    assert_eq!(text, expect, "{template}");
}

fn check_when(expression: &str, expect: Result<bool, &str>) {
    let value = evaluate(expression, &scope()).map_err(|error| error.to_string());
    assert_eq!(value, expect.map_err(str::to_owned), "{expression}");
}

#[test]
fn the_business_date() {
    check("{{ T }} {{ bd }}", "2026-10-09 2026-10-09");
    check("{{ T | fmt('yyyyMMdd') }}/{{ T.fmt('yyyy-MM') }}", "20261009/2026-10");
    check("{{ T.year }} {{ T.month }} {{ T.day }} {{ T.quarter }} {{ T.weekday }}", "2026 10 9 4 5");
    // 2026-10-01 to 10-07 is the National Day holiday, 10-08 the first trading day after it.
    check("{{ T.offset(-1) }} {{ T.offset(-2) }} {{ T.offset(-2, 'DAILY') }}", "2026-10-08 2026-09-30 2026-10-07");
    check("{{ T.is_open('SSE') }} {{ T.add_days(-4).is_open('SSE') }}", "true false");
    check(
        "{{ T.month_end() }} {{ T.month_end('SSE') }} {{ T.month_start('SSE') }}",
        "2026-10-31 2026-10-30 2026-10-08",
    );
    check("{{ T.add_months(-8).month_end() }} {{ T.add_years(1) }}", "2026-02-28 2027-10-09");
    check("{{ T.next('SSE') }} {{ T.previous() }}", "2026-10-12 2026-10-08");
    check("{{ date('T-1@SSE') | fmt('MMdd') }} {{ date('T-1') }}", "1008 2026-10-08");
    check("{{ '2026-01-02' | fmt('d.M.yyyy') }}", "2.1.2026");
    check_when("T > date('T-1') and T == bd and T != date('T-1')", Ok(true));
    check("{{ T.offset(1, 'NOWHERE') }}", "line 1, column 4: there is no calendar named `NOWHERE`");
    check("{{ T.offset(1000000) }}", "line 1, column 4: SSE is not known on 2027-01-01 (known until 2026-12-31)");
    check("{{ T.add_days(9999999) }}", "line 1, column 4: the date would lie outside 1900 to 2299");
    check("{{ T.ofset(1) }}", "line 1, column 4: a date has no method `ofset`");
    check("{{ T | fmt('YYYY') }}", "line 1, column 8: YYYY is the year of the week in date patterns; write yyyy");
    check("{{ params.fund | fmt('yyyy') }}", "line 1, column 18: `fmt` writes dates; this is none");
}

#[test]
fn ends_of_periods() {
    // 2026-10-30 is the last trading day of its month, and no last day of it.
    let mut scope = scope();
    let holds = |scope: &Scope, what: &str| evaluate(what, scope).unwrap_or_else(|error| panic!("{what}: {error}"));
    scope.date = "2026-10-30".parse().expect("a date");
    for (what, expected) in [
        ("T.is_month_end()", true),
        ("T.is_month_end('SSE')", true),
        ("T.is_month_end('DAILY')", false),
        ("T.is_quarter_end()", false),
        ("T.is_month_start()", false),
        ("T.add_months(2).add_days(1).is_year_end()", true),
        ("date('2026-10-08').is_month_start()", true),
        ("date('2026-10-08').is_quarter_start() and date('2026-10-08').is_half_start() == false", true),
        ("date('2026-01-05').is_year_start('SSE')", true),
        ("date('2026-02-20').is_ten_day_end('DAILY')", true),
        ("date('2027-03-31').is_fiscal_year_04_end('DAILY')", true),
    ] {
        assert_eq!(holds(&scope, what), expected, "{what}");
    }
    scope.calendar = None;
    assert!(!holds(&scope, "T.is_month_end()") && holds(&scope, "T.add_days(1).is_month_end()"));
    let unknown = render("{{ date('2027-01-29').is_month_end('SSE') }}", &scope).map_err(|error| error.to_string());
    assert_eq!(unknown.unwrap_err(), "line 1, column 22: SSE is not known on 2027-01-29 (known until 2026-12-31)");
    let sse = Calendars::builtin().get("SSE").expect("built in");
    let flags = |date: &str, calendar| flag::flags(date.parse().expect("a date"), calendar).filter(|(_, holds)| *holds);
    let names = |date, calendar| flags(date, calendar).map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("2026-06-30", Some(&sse)), ["ALMANAC_MONTH_END", "ALMANAC_QUARTER_END"]);
    assert_eq!(names("2026-01-05", Some(&sse)), ["ALMANAC_MONTH_START", "ALMANAC_QUARTER_START", "ALMANAC_YEAR_START"]);
    assert_eq!(names("2026-12-31", None), ["ALMANAC_MONTH_END", "ALMANAC_QUARTER_END", "ALMANAC_YEAR_END"]);
    assert_eq!(flag::flags("2027-01-29".parse().expect("a date"), Some(&sse)).count(), 0, "unknown is not no");
    assert_eq!(flag::variables().count(), 6);
}

#[test]
fn time_placeholders_are_filled_in_before_the_template() {
    let mut scope = scope();
    scope.moment = Moment::scheduled(scope.date, 1_791_536_400_000, chrono_tz::Asia::Shanghai);
    let rendered = |source: &str| render(source, &scope).unwrap_or_else(|error| error.to_string());
    assert_eq!(
        rendered("$[yyyyMMdd-1] $[HHmmss+1/24] ${system.biz.date} $[1+2] ${x}"),
        "20261008 180000 20261009 $[1+2] ${x}"
    );
    assert_eq!(rendered("$[yyyy-MM-dd] {{ T.add_days(-8) }} {{ '$[MM]' }}"), "2026-10-09 2026-10-01 10");
    scope.params.insert("fund".into(), "$[yyyyMMdd]".into());
    assert_eq!(render("{{ params.fund }}", &scope).expect("sound"), "$[yyyyMMdd]", "values are not read again");
}

#[test]
fn the_stronger_of_several_values_holds() {
    let decls = [
        decl("day", ParamType::String, Some("$[yyyyMMdd]".into()), false),
        decl("fund", ParamType::String, Some("ALL".into()), false),
        decl("bank", ParamType::String, None, false),
    ];
    let own: indexmap::IndexMap<String, String> = [
        ("day", "{{ T | fmt('MMdd') }}"),
        ("fund", "own of {{ params.fund }} and {{ outputs.load.rows }}"),
        ("bank", "own"),
        ("only", "$[yyyy]"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let told = |given: Value, own: &indexmap::IndexMap<String, String>| {
        let mut scope = scope();
        let values = resolve(&decls, given.as_object().expect("an object"), &Map::new()).expect("sound");
        scope.set_params(&decls, values, &Map::new());
        scope.lay_over(own).expect("sound");
        ["day", "fund", "bank", "only"].map(|name| scope.params.get(name).map(env_text).unwrap_or_default())
    };
    // A run for a business date counts from the midnight that ends it.
    assert_eq!(told(json!({}), &indexmap::IndexMap::new()), ["20261010", "ALL", "", ""], "the workflow's");
    assert_eq!(told(json!({}), &own), ["1009", "own of ALL and 12", "own", "2026"], "the task's");
    let given = json!({"day": "1231", "fund": "B", "bank": "C"});
    assert_eq!(told(given.clone(), &own), ["1231", "B", "C", "2026"], "given at the start");
    assert_eq!(told(json!({"fund": "ALL"}), &own)[1], "own of ALL and 12", "the default is not given");
    let wrong = [("x".to_owned(), "{{ nothing }}".to_owned())].into();
    let (name, error) = scope().lay_over(&wrong).unwrap_err();
    assert_eq!((name.as_str(), error.to_string()), ("x", "line 1, column 4: `nothing` has no value".to_owned()));
}

#[test]
fn values_and_shell_text() {
    check("plain $x ${#a[@]} ${x%.csv} $((1+2))\n", "plain $x ${#a[@]} ${x%.csv} $((1+2))\n");
    check("{{ T }} ${#a[@]} ${x%.csv}\n", "2026-10-09 ${#a[@]} ${x%.csv}\n");
    check("a {%# not {{ seen #%}b {{ 1 }}", "a b 1");
    check("{{ params.fund }} {{ params.n + 1 }} {{ params.list | join(',') }}", "ALL 4 1,2");
    check("{{ outputs.load.rows | int * 2 }} {{ outputs['two-words'].x }}", "24 1");
    check("{% for i in range(3) if i != 1 %}{{ loop.index }}:{{ i }} {% else %}none{% endfor %}", "1:0 2:2 ");
    check("{% if params.on %}yes{% elif params.n %}n{% else %}no{% endif %}", "yes");
    check(
        "{{ params.missing | default('x') }} {{ params | tojson }}",
        r#"x {"fund":"ALL","list":[1,2],"n":3,"on":true}"#,
    );
    check("{% raw %}{{ awk }}{% endraw %}", "{{ awk }}");
    check("a\n{{ params.missing }}", "line 2, column 4: `params.missing` has no value");
    check("{{ outputs.load.nothing.more }}", "line 1, column 4: `outputs.load.nothing.more` has no value");
    check("{{ x", "line 1, column 4: unexpected end of input, expected end of variable block");
}

#[test]
fn conditions() {
    check_when("outputs.load.rows | int > 10", Ok(true));
    check_when("params.fund == 'NONE' or not params.on", Ok(false));
    check_when("T.day in [9, 10]", Ok(true));
    check_when("params.missing is defined", Ok(false));
    check_when("params.fund", Err("line 1, column 1: expected true or false, found ALL; compare it with something"));
    check_when("params.missing", Err("line 1, column 1: expected true or false, found ; compare it with something"));
    check_when("{{ params.on }}", Err("line 1, column 1: an expression is written without {{ }}"));
    check_when("}}{{", Err("line 1, column 1: an expression is written without {{ }}"));
    check_when("params.n >", Err("line 1, column 10: unexpected end of input, expected expression"));
}

#[test]
fn what_could_grow_is_refused() {
    check("{% set x = 'a' %}", "line 1, column 4: templates may not use `set`");
    check("{% with x = 'a' %}{% endwith %}", "line 1, column 4: templates may not use `with`");
    check("{% include '/etc/passwd' %}", "line 1, column 4: templates may not use `include`");
    check(
        "{{ 'a' * 1000 }}",
        "line 1, column 4: only numbers can be multiplied; write `x | int` for a number in a text",
    );
    check(
        "{{ params.n * 2 }}",
        "line 1, column 4: only numbers can be multiplied; write `x | int` for a number in a text",
    );
    check("{{ 2 * -3 + 4 ** 2 }}", "10");
    check("{{ x | indent(9) }}", "line 1, column 8: there is no filter `indent`");
    check("{{ 1 is callable }}", "line 1, column 9: there is no test `callable`");
    check("{{ debug() }}", "line 1, column 4: there is no function `debug`");
    check(
        &format!("{{{{ {}1 }}}}", "1+".repeat(600)),
        "line 1, column 503: too many terms or statements; compute this in a script",
    );
    check(
        &"{% if 1 %}{% endif %}".repeat(150),
        "line 1, column 2101: too many terms or statements; compute this in a script",
    );
    check(
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "line 1, column 1: the template takes too many steps",
    );
    let ten = "'aaaaaaaaaa'";
    check(
        &format!("{{{{ {ten}{} }}}}", format!(" | replace('a', {ten})").repeat(8)),
        "line 1, column 135: the template makes more than 1048576 bytes",
    );
    check(
        &format!("{{% for a in range(20000) %}}{}{{% endfor %}}", "x".repeat(100)),
        "line 1, column 1: the template makes more than 1048576 bytes",
    );
}

#[test]
fn deep_templates_do_not_exhaust_the_stack() {
    check(&format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(190)), "");
    check(&format!("{{{{ {}1 }}}}", "1+".repeat(240)), "241");
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(200), ")".repeat(200));
    check(&nested, "line 1, column 78: template exceeds maximum recursion limits");
    let ifs = format!("{}{}", "{% if 1 %}".repeat(100), "{% endif %}".repeat(100));
    assert!(render(&ifs, &scope()).is_ok_and(|text| text.is_empty()));
}

#[test]
fn names_are_found_with_their_place() {
    let source = "a\n{{ params.x }} {% for r in outputs['l-1'].rows[0] %}{{ r.y }}{{ z[T.day].q }}{% endfor %}";
    let told = |name: &template::Name| {
        let (line, column) = name.line_column(source);
        format!("{line}:{column} {}", name.path.join("/"))
    };
    let names: Vec<String> = template::template_names(source).expect("sound").iter().map(told).collect();
    assert_eq!(names, ["2:4 params/x", "2:28 outputs/l-1/rows/0", "2:67 T/day", "2:65 z"]);
}

fn decl(name: &str, kind: ParamType, default: Option<Value>, required: bool) -> ParamDecl {
    ParamDecl { name: name.to_owned(), kind, default, required, description: None }
}

#[test]
fn parameters_are_resolved() {
    let decls = [
        decl("fund", ParamType::String, Some("ALL".into()), false),
        decl("limit", ParamType::Number, None, false),
        decl("day", ParamType::Date, None, true),
        decl("dry", ParamType::Boolean, Some(false.into()), false),
    ];
    let check = |given: Value, expect: Result<Value, &[&str]>| {
        let given = given.as_object().cloned().expect("an object");
        let found = resolve(&decls, &given, &Map::new()).map(Value::Object).map_err(|problems| {
            problems.iter().map(|it| format!("{} {}", it.code(), it.text(Lang::En))).collect::<Vec<_>>()
        });
        assert_eq!(found, expect.map_err(|it| it.iter().map(ToString::to_string).collect()), "{given:?}");
    };
    check(json!({"day": "2026-10-09"}), Ok(json!({"fund": "ALL", "day": "2026-10-09", "dry": false})));
    check(
        json!({"day": "20261009", "fund": null, "limit": 1.5}),
        Ok(json!({"fund": "ALL", "limit": 1.5, "day": "20261009", "dry": false})),
    );
    check(
        json!({"fund": 1, "limit": "2", "dri": true, "dry": "no"}),
        Err(&[
            "INVALID_INPUT the parameter `fund` is text",
            "INVALID_INPUT the parameter `limit` is a number",
            "INVALID_INPUT the parameter `day` must be given",
            "INVALID_INPUT the parameter `dry` is true or false",
            "INVALID_INPUT there is no parameter `dri`; did you mean `dry`?",
        ]),
    );
    check(
        json!({"day": "2026-02-30", "fund": "x".repeat(70_000)}),
        Err(&[
            "INVALID_INPUT the parameter `day` is a date such as 2026-10-01",
            "TOO_LARGE all values together are longer than 60000 bytes; the longest is that of `fund`",
        ]),
    );
}

proptest! {
    #[test]
    fn text_without_braces_stays(text in "[^{]*") {
        prop_assert_eq!(render(&text, &scope()).expect("plain"), text);
    }

    #[test]
    fn no_template_panics(text in "(\\{\\{|\\}\\}|\\{%|%\\}| if | for |x|T|\\.|\\(|\\)|'|[0-9]|\\||fmt|\\*|-|\n| ){0,20}") {
        let _ = render(&text, &scope());
        let _ = evaluate(&text, &scope());
    }

    #[test]
    fn numbers_are_numbers(n in -1_000_000i64..1_000_000) {
        let mut scope = scope();
        scope.params.insert("n".into(), n.into());
        prop_assert_eq!(render("{{ params.n }}", &scope).expect("a number"), n.to_string());
        prop_assert_eq!(evaluate("params.n > 0", &scope), Ok(n > 0));
    }
}

#[test]
fn the_projects_values_are_the_weakest() {
    let decl = |name: &str, default: Option<Value>, required: bool| ParamDecl {
        name: name.to_owned(),
        kind: ParamType::String,
        default,
        required,
        description: None,
    };
    let decls = [
        decl("given", None, false),
        decl("own", None, false),
        decl("with_default", Some(json!("default")), false),
        decl("of_project", None, true),
    ];
    let values = |names: &[&str], value: &str| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!(value))).collect()
    };
    let project = values(&["given", "own", "with_default", "of_project", "undeclared"], "project");
    let resolved = resolve(&decls, &values(&["given"], "start"), &project).expect("the project has what is required");
    let mut scope = Scope::new("2026-10-09".parse().expect("a date"), Arc::new(Calendars::builtin().clone()));
    scope.set_params(&decls, resolved, &project);
    let own = [("own".to_owned(), "task".to_owned()), ("given".to_owned(), "task".to_owned())].into_iter().collect();
    scope.lay_over(&own).expect("plain texts");
    let found = Value::Object(scope.params);
    let expect = json!({ "given": "start", "own": "task", "with_default": "default", "of_project": "project" });
    assert_eq!(found, expect);
    assert!(resolve(&decls, &Map::new(), &Map::new()).is_err(), "without the project it is missing");
    let wrong: Map<String, Value> = [("of_project".to_owned(), json!(1))].into_iter().collect();
    assert!(resolve(&decls, &Map::new(), &wrong).is_err(), "the project's value is of another type");
}
