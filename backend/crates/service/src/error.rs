//! What a use case can refuse, in a form that its caller can act on.
//!
//! Expected refusals carry a stable [`ErrorCode`] and a sentence in both languages; what went wrong inside stays inside
//! (it is logged where it is answered, never told).

use domain::{
    access::Permission,
    error::{ErrorCode, Lang},
    workflow::Problem,
};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Longest reason a person gives.
const REASON_LENGTH: usize = 1000;

/// One field of an input that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where in the input; empty when it is about the whole.
    pub path: Vec<String>,
    /// What kind of fault.
    pub code: ErrorCode,
    text: Text,
}

/// A sentence in every language of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Text {
    /// The same sentence in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

impl FieldError {
    /// A fault of one field, named by its wire name.
    #[must_use]
    pub fn new(field: &str, code: ErrorCode, text: Text) -> Self {
        Self { path: vec![field.to_owned()], code, text }
    }

    /// The sentence for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        self.text.get(lang)
    }
}

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody has signed in, or the session has ended.
    #[error("not signed in")]
    Unauthenticated,
    /// Sign-in failed; which part was wrong is not told.
    #[error("sign-in failed")]
    BadCredentials,
    /// Signed in with a one-time password.
    #[error("the password must be changed first")]
    PasswordChangeRequired,
    /// Too many wrong passwords.
    #[error("the account is locked")]
    AccountLocked,
    /// The actor knows of the object but may not do this to it.
    #[error("{permission} is needed")]
    Denied {
        /// What would have been needed.
        permission: Permission,
    },
    /// No such object, or none that the actor may know of.
    #[error("no such {kind}")]
    NotFound {
        /// The kind of object that was asked for.
        kind: &'static str,
    },
    /// Fields of the input that break rules, all of them.
    #[error("{} field(s) are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    /// A workflow document with problems, all of them.
    #[error("the workflow document has {} problem(s)", .0.len())]
    Spec(Vec<Problem>),
    /// Another object of the same parent has the name.
    #[error("{kind} {name:?} exists already")]
    NameTaken {
        /// The kind of object.
        kind: &'static str,
        /// The field of the input.
        field: &'static str,
        /// The name.
        name: String,
    },
    /// The object changed since the caller read it.
    #[error("the {kind} changed in the meantime")]
    Conflict {
        /// The kind of object.
        kind: &'static str,
    },
    /// Another expected refusal, with its own sentence.
    #[error("{code}: {}", text.en)]
    Refused {
        /// The stable code.
        code: ErrorCode,
        /// The sentence for people.
        text: Text,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A fault of the server itself.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// An input with one wrong field.
    #[must_use]
    pub fn invalid(field: &str, text: Text) -> Self {
        Self::Invalid(vec![FieldError::new(field, ErrorCode::InvalidInput, text)])
    }

    /// The reason that a person gives for an act, without the blanks around it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none, or it is too long or holds what no database stores.
    pub(crate) fn reason_given(why: &str) -> Result<&str> {
        let why = why.trim();
        if why.is_empty() || why.contains('\0') || why.chars().count() > REASON_LENGTH {
            let text = Text::new("Say why, in 1 to 1,000 characters.", "请填写原因（1 到 1000 个字符）。");
            return Err(Self::invalid("reason", text));
        }
        Ok(why)
    }

    /// An expected refusal with its own sentence.
    #[must_use]
    pub const fn refused(code: ErrorCode, text: Text) -> Self {
        Self::Refused { code, text }
    }

    /// Makes a "not found" of whatever scope speak of the object that was asked for, so that a hidden object answers
    /// like one that does not exist.
    #[must_use]
    pub fn or_not_found(self, kind: &'static str) -> Self {
        match self {
            Self::NotFound { .. } => Self::NotFound { kind },
            other => other,
        }
    }

    /// Makes a refusal to read one that does not tell whether the object exists.
    #[must_use]
    pub fn or_hidden(self, kind: &'static str) -> Self {
        match self {
            Self::Denied { .. } | Self::NotFound { .. } => Self::NotFound { kind },
            other => other,
        }
    }

    /// Makes a lost race of a write speak of the object that another one changed.
    #[must_use]
    pub fn or_changed(self, kind: &'static str) -> Self {
        match self {
            Self::Store(store::Error::Stale | store::Error::Conflict { .. }) => Self::Conflict { kind },
            other => other,
        }
    }

    /// Makes "the value is taken" of an insert speak of the name that the user gave.
    #[must_use]
    pub fn or_name_taken(self, kind: &'static str, field: &'static str, name: &str) -> Self {
        match self {
            Self::Store(error) if error.is_conflict() => Self::NameTaken { kind, field, name: name.to_owned() },
            other => other,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unauthenticated => ErrorCode::Unauthenticated,
            Self::BadCredentials => ErrorCode::BadCredentials,
            Self::PasswordChangeRequired => ErrorCode::PasswordChangeRequired,
            Self::AccountLocked => ErrorCode::AccountLocked,
            Self::Denied { .. } => ErrorCode::Denied,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::Invalid(fields) => fields.first().map_or(ErrorCode::InvalidInput, |it| it.code),
            Self::Spec(problems) => problems.first().map_or(ErrorCode::SpecSyntax, Problem::code),
            Self::NameTaken { .. } => ErrorCode::NameTaken,
            Self::Conflict { .. } => ErrorCode::Conflict,
            Self::Refused { code, .. } => *code,
            Self::Store(error) => store_code(error),
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Whether the failure is the server's rather than an answer to what was asked.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Internal(_))
    }

    /// Whether the database as a whole does not do its work now: it is of no use to go on with something else.
    #[must_use]
    pub(crate) const fn is_of_database(&self) -> bool {
        use store::Error::{Busy, CommitUnknown, Corrupt, Full, Slow, Unavailable};
        matches!(self, Self::Store(Busy(_) | CommitUnknown(_) | Corrupt(_) | Full(_) | Slow(_) | Unavailable(_)))
    }

    /// What is wrong, for those who look after the installation; without the words of a driver.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Store(error) => error.summary(),
            other => other.to_string(),
        }
    }

    /// The sentence for people. Faults of the server tell nothing of its inside.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let text = match self {
            Self::Denied { permission } => Text::new(
                format!("You need the permission {permission} here."),
                format!("需要此处的 {permission} 权限。"),
            ),
            Self::BadCredentials => Text::new(
                "The user name or the password is wrong, or the account is locked for a while after repeated failures.",
                "用户名或密码错误，或账号因多次失败被暂时锁定。",
            ),
            Self::PasswordChangeRequired => Text::new("Change your one-time password first.", "请先修改一次性密码。"),
            Self::AccountLocked => {
                Text::new("Too many wrong passwords; try again later.", "密码错误次数过多，请稍后再试。")
            }
            Self::NotFound { kind } => Text::new(
                format!("There is no such {kind}, or you may not see it."),
                format!("{}不存在，或您无权查看。", kind_zh(kind)),
            ),
            Self::NameTaken { kind, name, .. } => Text::new(
                format!("A {kind} named “{name}” exists already."),
                format!("已存在名为“{name}”的{}。", kind_zh(kind)),
            ),
            Self::Conflict { kind } => Text::new(
                format!("The {kind} was changed by someone else; reload and try again."),
                format!("{}已被他人修改，请刷新后重试。", kind_zh(kind)),
            ),
            Self::Refused { text, .. } => text.clone(),
            Self::Invalid(fields) => return joined(fields.iter().map(|it| it.message(lang).to_owned()), lang),
            Self::Spec(problems) => return joined(problems.iter().map(|it| it.text(lang)), lang),
            Self::Store(store::Error::Full(_)) => Text::new(
                "The server's disk is full or read-only. Nothing was changed; its administrator must make room.",
                "服务器磁盘已满或只读，未做任何更改；请管理员清理空间。",
            ),
            Self::Unauthenticated | Self::Store(_) | Self::Internal(_) => {
                return self.code().text(lang).to_owned();
            }
        };
        text.get(lang).to_owned()
    }

    /// The refusal as entries for a payload's `userErrors`; `None` for what is an error of the request as a whole
    /// (not signed in, a fault of the server).
    #[must_use]
    pub fn field_errors(&self) -> Option<Vec<FieldError>> {
        match self {
            Self::Unauthenticated | Self::Store(_) | Self::Internal(_) => None,
            Self::Invalid(fields) => Some(fields.clone()),
            Self::NameTaken { field, .. } => Some(vec![FieldError { path: vec![(*field).to_owned()], ..self.whole() }]),
            _ => Some(vec![self.whole()]),
        }
    }

    fn whole(&self) -> FieldError {
        let text = Text::new(self.message(Lang::En), self.message(Lang::Zh));
        FieldError { path: Vec::new(), code: self.code(), text }
    }
}

impl store::Retryable for Error {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

const fn store_code(error: &store::Error) -> ErrorCode {
    match error {
        store::Error::Stale | store::Error::Conflict { .. } => ErrorCode::Conflict,
        store::Error::Busy(_)
        | store::Error::Unavailable(_)
        | store::Error::CommitUnknown(_)
        | store::Error::Slow(_) => ErrorCode::Unavailable,
        _ => ErrorCode::Database,
    }
}

fn joined(sentences: impl Iterator<Item = String>, lang: Lang) -> String {
    let glue = match lang {
        Lang::En => " ",
        Lang::Zh => "",
    };
    sentences.collect::<Vec<_>>().join(glue)
}

fn kind_zh(kind: &str) -> &str {
    match kind {
        "tenant" => "租户",
        "project" => "项目",
        "account" => "账号",
        "role" => "角色",
        "workflow" => "工作流",
        "version" => "版本",
        "schedule" => "定时",
        "calendar" => "日历",
        "calendar revision" => "日历修订",
        "run" => "工作流实例",
        "backfill" => "补数",
        "task run" => "任务实例",
        "attempt" => "尝试",
        "node" => "节点",
        "session" => "会话",
        "limit" => "并发限额",
        "retention" => "保留期",
        other => other,
    }
}
