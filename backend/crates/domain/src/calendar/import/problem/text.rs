//! The problems in words.

use super::{Column, Kind};
use crate::{
    calendar::import::{MAX_LINES, MAX_YEARS},
    error::Lang,
};

impl Kind {
    pub(super) fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Empty => "there is no day in the file".into(),
            Self::TooManyLines(lines) => format!("{lines} lines are more than the {MAX_LINES} that are read"),
            Self::TooManyYears(years) => format!("{years} years are more than the {MAX_YEARS} that a file may hold"),
            Self::TooManyDays(most) => format!("the events name more than {most} days"),
            Self::NoHeader => "the first line must name the columns, for example date,type,name".into(),
            Self::MissingColumn(Column::Date) => "no column is named `date` (日期)".into(),
            Self::MissingColumn(Column::Status) => {
                "no column says whether a day is open: name it `type` (1, 0, -1) or `session` (full, half)".into()
            }
            Self::MissingColumn(Column::Close) => {
                "this is when the day opens, but no column is named `close` (收市) and says when it closes".into()
            }
            Self::OpenQuote => "a quoted cell doesn't end in its line".into(),
            Self::BadDate(found) => format!("`{found}` is not a date; write it as 2026-01-31"),
            Self::ExcelSerial(found) => {
                format!("`{found}` is a spreadsheet's day number, not a date: format the column as a date, or as text")
            }
            Self::MixedDates { first, found } => {
                format!("`{found}` is written in another way than the dates before it ({first}): use one way only")
            }
            Self::Duplicate { date, line } => format!("{date} was listed before, on line {line}"),
            Self::OutsideYears { date, years } => format!("{date} is outside the year of the file, {years}"),
            Self::Gap { from, to } if from == to => format!("{from} is missing: every day must be listed"),
            Self::Gap { from, to } => format!("{from} to {to} are missing: every day must be listed"),
            Self::UnknownType(found) => {
                format!("`{found}` is not a type of day: 1 is open, 0 closed, -1 not set")
            }
            Self::UnknownSession(found) => format!("`{found}` is not a session: full or half"),
            Self::BadTime(found) => format!("`{found}` is not a time of day; write it as 09:30"),
            Self::HoursReversed => "the session ends before it begins".into(),
            Self::Json(detail) => format!("this is not JSON: {detail}"),
            Self::JsonShape => "expected a calendar's definition, or a list of objects with a `date`".into(),
            Self::Derived => "an expression over other calendars can't be imported as days".into(),
            Self::Definition(error) => error.to_string(),
            Self::IcsLine => "this is not a line of iCalendar (NAME:value)".into(),
            Self::IcsNesting => "BEGIN and END don't match".into(),
            Self::NoStart => "the event has no start (DTSTART)".into(),
            Self::EventEnd => "the event ends before it starts, or lasts for more than a year".into(),
            Self::TimedEvent => "an event with times is neither open nor closed: make it all-day, or, for a half day, \
                 put HALF into its CATEGORIES and leave its times in local time on one day"
                .into(),
            Self::EndlessRule => "the event repeats without an end: give its RRULE an UNTIL or a COUNT".into(),
            Self::RulePart(part) => {
                format!("`{part}` in a repetition is not understood: list the days, or repeat by day, week or year")
            }
            Self::OpenDays { year, open } => {
                format!("{year} has {open} open days; a trading calendar has 240 to 255")
            }
            Self::MakeUp { count, first } => format!("{count} weekend days are open, the first on {first}"),
            Self::LongClosure { from, to } => {
                format!("closed from {from} to {to}: is this part of the year not published?")
            }
            Self::Unset { count, first } => format!("{count} days are not decided, the first is {first}"),
            Self::YearsAssumed(years) => {
                format!("the file doesn't say which years it is about; taken for {years}: check that they are complete")
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Empty => "文件中没有任何日期".into(),
            Self::TooManyLines(lines) => format!("共 {lines} 行，超过上限 {MAX_LINES} 行"),
            Self::TooManyYears(years) => format!("共 {years} 个年份，一个文件最多 {MAX_YEARS} 个"),
            Self::TooManyDays(most) => format!("事件合计超过 {most} 天"),
            Self::NoHeader => "第一行应为列名，例如 date,type,name".into(),
            Self::MissingColumn(Column::Date) => "没有名为 `date`（日期）的列".into(),
            Self::MissingColumn(Column::Status) => {
                "没有说明是否开放的列：请命名为 `type`（1、0、-1）或 `session`（full、half）".into()
            }
            Self::MissingColumn(Column::Close) => "此为开市时间，但没有名为 `close`（收市）的列给出收市时间".into(),
            Self::OpenQuote => "引号没有在本行内结束".into(),
            Self::BadDate(found) => format!("`{found}` 不是日期，请写成 2026-01-31"),
            Self::ExcelSerial(found) => {
                format!("`{found}` 是电子表格的日期序号，不是日期：请把该列设为日期或文本格式")
            }
            Self::MixedDates { first, found } => {
                format!("`{found}` 的写法与前面的日期（{first}）不同：一个文件只能用一种写法")
            }
            Self::Duplicate { date, line } => format!("{date} 已在第 {line} 行出现过"),
            Self::OutsideYears { date, years } => format!("{date} 不在文件所属年份 {years} 之内"),
            Self::Gap { from, to } if from == to => format!("缺少 {from}：必须列出每一天"),
            Self::Gap { from, to } => format!("缺少 {from} 至 {to}：必须列出每一天"),
            Self::UnknownType(found) => format!("`{found}` 不是日期类型：1 为开放，0 为休，-1 为未设置"),
            Self::UnknownSession(found) => format!("`{found}` 不是交易时段：应为 full 或 half"),
            Self::BadTime(found) => format!("`{found}` 不是时刻，请写成 09:30"),
            Self::HoursReversed => "收市时间早于开市时间".into(),
            Self::Json(detail) => format!("不是合法的 JSON：{detail}"),
            Self::JsonShape => "应为日历定义，或由带 `date` 的对象组成的列表".into(),
            Self::Derived => "由其他日历组成的表达式不能作为日期导入".into(),
            Self::Definition(error) => error.text(Lang::Zh),
            Self::IcsLine => "不是 iCalendar 的行（名称:值）".into(),
            Self::IcsNesting => "BEGIN 与 END 不匹配".into(),
            Self::NoStart => "事件没有开始日期（DTSTART）".into(),
            Self::EventEnd => "事件的结束早于开始，或持续超过一年".into(),
            Self::TimedEvent => {
                "带时刻的事件既不表示开放也不表示休市：请改为全天事件；半日市请在 CATEGORIES 中写 HALF，\
                 并用同一天的当地时间"
                    .into()
            }
            Self::EndlessRule => "事件无限重复：请在 RRULE 中给出 UNTIL 或 COUNT".into(),
            Self::RulePart(part) => format!("无法理解重复规则中的 `{part}`：请逐日列出，或按日、周、年重复"),
            Self::OpenDays { year, open } => format!("{year} 年有 {open} 个开放日；交易日历通常为 240 至 255 个"),
            Self::MakeUp { count, first } => format!("有 {count} 个周末开放，第一个是 {first}"),
            Self::LongClosure { from, to } => format!("{from} 至 {to} 一直休市：这一段是否尚未公布？"),
            Self::Unset { count, first } => format!("有 {count} 天尚未确定，第一天是 {first}"),
            Self::YearsAssumed(years) => format!("文件没有说明所属年份，按 {years} 处理：请核对是否完整"),
        }
    }
}
