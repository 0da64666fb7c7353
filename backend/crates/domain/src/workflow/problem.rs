//! What can be wrong with a document, with its place and a text in both languages.

mod flow;
mod text;

use serde_json::Value;

pub use super::yaml::Place;
use crate::{
    error::{ErrorCode, Lang},
    schedule::SpecError,
};
pub use flow::Flow;

/// One thing wrong with a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The field, e.g. `spec.tasks.load.retries.max`; empty for the document as a whole.
    pub path: String,
    /// Where it stands in the text.
    pub place: Place,
    /// What is wrong.
    pub kind: Box<Kind>,
}

impl Problem {
    pub(crate) fn new(path: &str, place: Place, kind: impl Into<Kind>) -> Self {
        Self { path: path.to_owned(), place, kind: Box::new(kind.into()) }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.kind.code()
    }

    /// What is wrong and what was expected, in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        self.kind.text(lang)
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// There is no document.
    Empty,
    /// The text is no YAML.
    Syntax {
        /// The scanner's words.
        detail: String,
    },
    /// A line is indented with a tab.
    TabIndent,
    /// More than one document.
    SeveralDocuments,
    /// An anchor or alias.
    Alias,
    /// A tag.
    Tag,
    /// A list or map stands where a name belongs.
    ComplexKey,
    /// The text has too many bytes.
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// The bytes accepted.
        limit: usize,
    },
    /// Values nest too deeply.
    TooDeep {
        /// The levels accepted.
        limit: usize,
    },
    /// A key is given twice.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Two items of a list share a name.
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A field that does not exist there.
    UnknownField {
        /// The field.
        field: String,
        /// The field that may be meant.
        meant: Option<String>,
        /// All fields that exist there.
        known: Vec<String>,
    },
    /// A field that must be there is not.
    Missing {
        /// The field.
        field: String,
    },
    /// A value of another type.
    WrongType {
        /// The types accepted.
        expected: Vec<Type>,
        /// The type found.
        found: Type,
        /// The value found, when it is short.
        value: Option<Value>,
    },
    /// Not one of the choices.
    UnknownChoice {
        /// What was written.
        value: String,
        /// The choice that may be meant.
        meant: Option<String>,
        /// All choices.
        choices: Vec<String>,
    },
    /// A number, length or count out of bounds.
    OutOfBounds {
        /// What is measured.
        measure: Measure,
        /// The least accepted.
        min: Option<f64>,
        /// The most accepted.
        max: Option<f64>,
    },
    /// A text that is not of the form its field has.
    BadForm {
        /// The form.
        form: Form,
        /// What exactly is wrong, when that is known.
        detail: Option<Detail>,
    },
    /// A calendar that does not exist.
    UnknownCalendar {
        /// Its name.
        name: String,
    },
    /// A limit that does not exist.
    UnknownLimit {
        /// Its name.
        name: String,
        /// The limit that may be meant.
        meant: Option<String>,
    },
    /// More slots of a limit than it has.
    OverLimit {
        /// Its name.
        name: String,
        /// The slots it has.
        slots: u32,
    },
    /// A schedule has neither a cron expression nor a rule.
    NoRule,
    /// A schedule has both.
    CronAndRule,
    /// A field says what the text of the schedule's rule says already.
    SaidTwice {
        /// The field.
        field: String,
    },
    /// The parts of a schedule contradict each other.
    Contradiction(SpecError),
    /// A task needs one that does not exist.
    UnknownNeed {
        /// The name.
        need: String,
        /// The task that may be meant.
        meant: Option<String>,
    },
    /// The tasks have too many needs together.
    TooManyNeeds {
        /// The needs.
        count: usize,
        /// The needs accepted.
        limit: usize,
    },
    /// Tasks need each other.
    Cycle {
        /// The names along the needs, the first again at the end.
        path: Vec<String>,
    },
    /// A task needs one that is in a cycle.
    BehindCycle {
        /// The task.
        task: String,
    },
    /// A rule that no end of its needs can meet, as there are none.
    RuleWithoutNeeds {
        /// The rule.
        rule: String,
    },
    /// A template or expression names something that does not exist.
    UnknownVariable {
        /// The name.
        name: String,
        /// What may be meant.
        meant: Option<String>,
    },
    /// A template reads the outputs of a task that does not come before.
    OutputNotUpstream {
        /// The task that is read.
        task: String,
    },
    /// Something about the way of a run through its tasks.
    Flow(Flow),
    /// A default on a parameter that must be given.
    RequiredWithDefault,
    /// A default of another type than the parameter.
    DefaultType {
        /// The parameter's type.
        expected: super::ParamType,
    },
}

impl From<Flow> for Kind {
    fn from(flow: Flow) -> Self {
        Self::Flow(flow)
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Type {
    Nothing,
    Boolean,
    Integer,
    Number,
    Text,
    List,
    Map,
}

/// What a bound limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// The number itself.
    Value,
    /// The characters of a text.
    Characters,
    /// The items of a list or map.
    Items,
}

/// The form of a text; the schema names it as `format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Form {
    Name,
    ParamName,
    EnvName,
    Duration,
    TimeZone,
    Cron,
    Calendar,
    DateRule,
    Rule,
    Time,
    Date,
    Shift,
    DayCut,
    AbsolutePath,
    PathTemplate,
    Workflow,
    Window,
    Approver,
    Template,
    Expression,
    List,
}

impl Kind {
    const fn code(&self) -> ErrorCode {
        match self {
            Self::Empty
            | Self::Syntax { .. }
            | Self::TabIndent
            | Self::SeveralDocuments
            | Self::Alias
            | Self::Tag
            | Self::ComplexKey => ErrorCode::SpecSyntax,
            Self::TooLarge { .. } | Self::TooDeep { .. } | Self::TooManyNeeds { .. } => ErrorCode::SpecTooLarge,
            Self::DuplicateKey { .. } | Self::DuplicateName { .. } | Self::SaidTwice { .. } => ErrorCode::SpecDuplicate,
            Self::UnknownField { .. } => ErrorCode::SpecUnknownField,
            Self::Missing { .. } | Self::NoRule => ErrorCode::SpecMissing,
            Self::WrongType { .. } | Self::DefaultType { .. } => ErrorCode::SpecType,
            Self::UnknownChoice { .. }
            | Self::OutOfBounds { .. }
            | Self::BadForm { .. }
            | Self::UnknownLimit { .. }
            | Self::OverLimit { .. }
            | Self::UnknownVariable { .. }
            | Self::OutputNotUpstream { .. }
            | Self::RequiredWithDefault
            | Self::CronAndRule
            | Self::Contradiction(_) => ErrorCode::SpecValue,
            Self::Flow(flow) => flow.code(),
            Self::UnknownCalendar { .. } => ErrorCode::CalendarUnknown,
            Self::UnknownNeed { .. } => ErrorCode::SpecUnknownNeed,
            Self::Cycle { .. } => ErrorCode::SpecCycle,
            Self::BehindCycle { .. } | Self::RuleWithoutNeeds { .. } => ErrorCode::SpecUnreachable,
        }
    }
}
