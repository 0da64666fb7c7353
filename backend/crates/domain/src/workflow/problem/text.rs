//! The sentences of problems, English and Chinese.

use super::{Form, Kind, Measure, Type};
use crate::{error::Lang, workflow::ParamType};

impl Kind {
    /// What is wrong and what was expected.
    pub(super) fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Empty => "the document is empty".into(),
            Self::Syntax { detail } => format!("this is not YAML: {detail}"),
            Self::TabIndent => "a tab indents this line; YAML is indented with spaces".into(),
            Self::SeveralDocuments => "a second document begins here; write one workflow per document".into(),
            Self::Alias => "anchors and aliases are not accepted; write the value out".into(),
            Self::Tag => "tags are not accepted; write the plain value".into(),
            Self::ComplexKey => {
                "a list or map stands where a name belongs; quote a text that begins with { or [".into()
            }
            Self::TooLarge { bytes, limit } => format!("the document has {bytes} bytes; at most {limit} are accepted"),
            Self::TooDeep { limit } => format!("values nest more than {limit} levels deep"),
            Self::DuplicateKey { key } => format!("`{key}` is given twice"),
            Self::DuplicateName { name } => format!("the name `{name}` is used twice"),
            Self::UnknownField { field, meant, known } => {
                format!("there is no field `{field}` here{}; known are {}", en_meant(meant), list(known))
            }
            Self::Missing { field } => format!("`{field}` is missing"),
            Self::WrongType { expected, found, value } => {
                let expected: Vec<&str> = expected.iter().map(|it| it.en()).collect();
                let found = value.as_ref().map_or_else(|| found.en().to_owned(), |it| format!("{} {it}", found.en()));
                format!("expected {}, found {found}{}", expected.join(" or "), self.hint(Lang::En))
            }
            Self::UnknownChoice { value, meant, choices } => {
                format!("`{value}` is not one of {}{}", list(choices), en_meant(meant))
            }
            Self::OutOfBounds { measure, min, max } => {
                let measure = match measure {
                    Measure::Value => "",
                    Measure::Characters => " characters",
                    Measure::Items => " entries",
                };
                match (min, max) {
                    (Some(min), Some(max)) => format!("expected {min} to {max}{measure}"),
                    (Some(min), None) => format!("expected at least {min}{measure}"),
                    (None, Some(max)) => format!("expected at most {max}{measure}"),
                    (None, None) => "out of bounds".into(),
                }
            }
            Self::BadForm { form, detail: Some(detail) } => format!("expected {}: {}", form.en(), detail.en),
            Self::BadForm { form, detail: None } => format!("expected {}", form.en()),
            Self::UnknownCalendar { name } => format!("there is no calendar `{name}`"),
            Self::UnknownLimit { name, meant } => {
                format!("the department has no limit `{name}`{}", en_meant(meant))
            }
            Self::OverLimit { name, slots } => format!("the limit `{name}` has only {slots} slots"),
            Self::NoRule => "the schedule has neither `cron` nor `rule`; give one of them".into(),
            Self::CronAndRule => "the schedule has both `cron` and `rule`; keep one of them".into(),
            Self::SaidTwice { field } => format!("the text of `rule` says this already; keep it there or in `{field}`"),
            Self::Contradiction(error) => error.text(Lang::En),
            Self::UnknownNeed { need, meant } => format!("there is no task `{need}`{}", en_meant(meant)),
            Self::TooManyNeeds { count, limit } => {
                format!("the tasks have {count} needs; at most {limit} are accepted")
            }
            Self::Cycle { path } => format!("tasks need each other in a circle: {}", path.join(" → ")),
            Self::BehindCycle { task } => format!("`{task}` can never start, as it needs a task of a circle"),
            Self::RuleWithoutNeeds { rule } => {
                format!("the task can never start: `{rule}` waits for the end of a need, and it has none")
            }
            Self::UnknownVariable { name, meant } => format!("there is no `{name}`{}", en_meant(meant)),
            Self::OutputNotUpstream { task } => {
                format!("outputs of `{task}` are not there yet: it must be among this task's needs, directly or not")
            }
            Self::Flow(flow) => flow.text(Lang::En),
            Self::RequiredWithDefault => "a parameter that must be given has no default; remove one of the two".into(),
            Self::DefaultType { expected } => format!("the default is not {}", expected.text(Lang::En)),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Empty => "文档为空".into(),
            Self::Syntax { detail } => format!("不是有效的 YAML：{detail}"),
            Self::TabIndent => "此行用制表符缩进；YAML 只能用空格缩进".into(),
            Self::SeveralDocuments => "此处开始了第二个文档；每个文档只写一个工作流".into(),
            Self::Alias => "不支持锚点和别名，请把值完整写出".into(),
            Self::Tag => "不支持标签，请直接写值".into(),
            Self::ComplexKey => "应为名称的位置出现了列表或映射；以 { 或 [ 开头的文本请加引号".into(),
            Self::TooLarge { bytes, limit } => format!("文档共 {bytes} 字节，上限为 {limit} 字节"),
            Self::TooDeep { limit } => format!("嵌套超过 {limit} 层"),
            Self::DuplicateKey { key } => format!("`{key}` 重复出现"),
            Self::DuplicateName { name } => format!("名称 `{name}` 重复使用"),
            Self::UnknownField { field, meant, known } => {
                format!("此处没有字段 `{field}`{}；可用字段：{}", zh_meant(meant), list(known))
            }
            Self::Missing { field } => format!("缺少 `{field}`"),
            Self::WrongType { expected, found, value } => {
                let expected: Vec<&str> = expected.iter().map(|it| it.zh()).collect();
                let found = value.as_ref().map_or_else(|| found.zh().to_owned(), |it| format!("{} {it}", found.zh()));
                format!("应为{}，实际为{found}{}", expected.join("或"), self.hint(Lang::Zh))
            }
            Self::UnknownChoice { value, meant, choices } => {
                format!("`{value}` 不在可选值之内：{}{}", list(choices), zh_meant(meant))
            }
            Self::OutOfBounds { measure, min, max } => {
                let measure = match measure {
                    Measure::Value => "",
                    Measure::Characters => " 个字符",
                    Measure::Items => " 项",
                };
                match (min, max) {
                    (Some(min), Some(max)) => format!("应在 {min} 到 {max}{measure}之间"),
                    (Some(min), None) => format!("至少为 {min}{measure}"),
                    (None, Some(max)) => format!("至多为 {max}{measure}"),
                    (None, None) => "超出范围".into(),
                }
            }
            Self::BadForm { form, detail: Some(detail) } => format!("应为{}：{}", form.zh(), detail.zh),
            Self::BadForm { form, detail: None } => format!("应为{}", form.zh()),
            Self::UnknownCalendar { name } => format!("日历 `{name}` 不存在"),
            Self::UnknownLimit { name, meant } => format!("本部门没有并发限额 `{name}`{}", zh_meant(meant)),
            Self::OverLimit { name, slots } => format!("并发限额 `{name}` 只有 {slots} 个槽位"),
            Self::NoRule => "定时既没有 `cron` 也没有 `rule`，请写其中之一".into(),
            Self::CronAndRule => "定时同时写了 `cron` 和 `rule`，请只保留其一".into(),
            Self::SaidTwice { field } => format!("`rule` 的文本已说明此项，请只保留文本或 `{field}` 其中之一"),
            Self::Contradiction(error) => error.text(Lang::Zh),
            Self::UnknownNeed { need, meant } => format!("任务 `{need}` 不存在{}", zh_meant(meant)),
            Self::TooManyNeeds { count, limit } => format!("任务之间共有 {count} 个依赖，上限为 {limit} 个"),
            Self::Cycle { path } => format!("任务循环依赖：{}", path.join(" → ")),
            Self::BehindCycle { task } => format!("`{task}` 依赖了循环中的任务，永远无法开始"),
            Self::RuleWithoutNeeds { rule } => format!("任务永远无法开始：`{rule}` 需等待上游结束，但它没有上游"),
            Self::UnknownVariable { name, meant } => format!("`{name}` 不存在{}", zh_meant(meant)),
            Self::OutputNotUpstream { task } => format!("此处读不到 `{task}` 的输出：它必须是本任务直接或间接的上游"),
            Self::Flow(flow) => flow.text(Lang::Zh),
            Self::RequiredWithDefault => "必填参数不能有默认值，请删除其中之一".into(),
            Self::DefaultType { expected } => format!("默认值不是{}", expected.text(Lang::Zh)),
        }
    }

    /// What to do about the two usual slips of YAML: a text read as a number, and a word that only older YAML takes
    /// as true or false.
    fn hint(&self, lang: Lang) -> &'static str {
        let Self::WrongType { expected, found, value } = self else { return "" };
        let unquoted = matches!(found, Type::Integer | Type::Number | Type::Boolean) && *expected == [Type::Text];
        let word = value.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_ascii_lowercase();
        let old = ["yes", "no", "on", "off", "y", "n"].contains(&word.as_str()) && expected.contains(&Type::Boolean);
        match (unquoted, old, lang) {
            (true, _, Lang::En) => "; put it in quotes",
            (true, _, Lang::Zh) => "；请加引号",
            (_, true, Lang::En) => "; write true or false",
            (_, true, Lang::Zh) => "；请写 true 或 false",
            _ => "",
        }
    }
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

fn en_meant(meant: &Option<String>) -> String {
    meant.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default()
}

fn zh_meant(meant: &Option<String>) -> String {
    meant.as_ref().map(|it| format!("，是否想写 `{it}`？")).unwrap_or_default()
}

impl Type {
    const fn en(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }

    const fn zh(self) -> &'static str {
        match self {
            Self::Nothing => "空值",
            Self::Boolean => "布尔值",
            Self::Integer => "整数",
            Self::Number => "数字",
            Self::Text => "文本",
            Self::List => "列表",
            Self::Map => "映射",
        }
    }
}

impl Form {
    const fn en(self) -> &'static str {
        match self {
            Self::Name => "a name of small letters, digits, - and _ that begins with a letter",
            Self::ParamName => "a name of small letters, digits and _ that begins with a letter",
            Self::EnvName => "a variable name of letters, digits and _ that does not begin with a digit or ALMANAC_",
            Self::Duration => "a duration such as 30s, 10m, 2h, 1d or 1h30m, at most 366d",
            Self::TimeZone => "a time zone such as Asia/Shanghai",
            Self::Cron => "a cron expression such as 0 30 18 * * ?",
            Self::Calendar => "a calendar",
            Self::DateRule => "a business date such as T or T-1",
            Self::Rule => "a calendar rule such as last open day of month at 21:00",
            Self::Time => "a time of day such as 18:00 or 18:00:30",
            Self::Date => "a date such as 2026-11-20, from 1900 to 2299",
            Self::Shift => "a shift such as +1 open days or -2 days",
            Self::DayCut => "the end of the day such as 06:00 or 21:00 next",
            Self::AbsolutePath | Self::PathTemplate => "a path that begins with /",
            Self::Workflow => "a workflow's name, or project/name",
            Self::Window => "a window such as last_3_days",
            Self::Approver => "a user name such as li.wei, or a role such as OPERATOR",
            Self::Template => "a template",
            Self::Expression => "an expression",
            Self::List => "a list, or an expression that gives one",
        }
    }

    const fn zh(self) -> &'static str {
        match self {
            Self::Name => "以字母开头，由小写字母、数字、- 和 _ 组成的名称",
            Self::ParamName => "以字母开头，由小写字母、数字和 _ 组成的名称",
            Self::EnvName => "由字母、数字和 _ 组成的变量名，不能以数字或 ALMANAC_ 开头",
            Self::Duration => "时长，例如 30s、10m、2h、1d 或 1h30m，至多 366d",
            Self::TimeZone => "时区，例如 Asia/Shanghai",
            Self::Cron => "cron 表达式，例如 0 30 18 * * ?",
            Self::Calendar => "日历",
            Self::DateRule => "业务日期，例如 T 或 T-1",
            Self::Rule => "日历规则，例如 last open day of month at 21:00",
            Self::Time => "时刻，例如 18:00 或 18:00:30",
            Self::Date => "1900 至 2299 年间的日期，例如 2026-11-20",
            Self::Shift => "偏移，例如 +1 open days 或 -2 days",
            Self::DayCut => "日切时刻，例如 06:00 或 21:00 next",
            Self::AbsolutePath | Self::PathTemplate => "以 / 开头的路径",
            Self::Workflow => "工作流名称，或 项目/名称",
            Self::Window => "窗口，例如 last_3_days",
            Self::Approver => "用户名（例如 li.wei）或角色（例如 OPERATOR）",
            Self::Template => "模板",
            Self::Expression => "表达式",
            Self::List => "列表，或得到列表的表达式",
        }
    }
}

impl ParamType {
    /// What a value of this type is, as the end of a sentence.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::String, Lang::En) => "text",
            (Self::String, Lang::Zh) => "文本",
            (Self::Number, Lang::En) => "a number",
            (Self::Number, Lang::Zh) => "数字",
            (Self::Boolean, Lang::En) => "true or false",
            (Self::Boolean, Lang::Zh) => "布尔值",
            (Self::Date, Lang::En) => "a date such as 2026-10-01",
            (Self::Date, Lang::Zh) => "日期（例如 2026-10-01）",
        }
    }
}
