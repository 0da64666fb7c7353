//! The stable codes of everything that can go wrong in a way that a person meets, and the languages they are told in.
//!
//! A code is shared by the API (`extensions.code`, `UserError.code`, `SpecProblem.code`), the pages in `docs/error`
//! and the UI's texts. A code is added here with both titles and its page; it is never renamed or reused.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language of the product's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::Zh];

    /// The language of a tag such as `zh-CN` or `en`; English for any other.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") { Self::Zh } else { Self::En }
    }

    /// The primary language tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }
}

/// A text that is no error code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an error code", self.0)
    }
}

impl std::error::Error for UnknownCode {}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $en:literal, $zh:literal;)+) => {
        /// What went wrong, as a stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// A short title for people.
            #[must_use]
            pub const fn text(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$variant, Lang::En) => $en, (Self::$variant, Lang::Zh) => $zh,)+
                }
            }

            /// The page in `docs/error` as Markdown, English then Chinese.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../../../docs/error/", $code, ".md")),)+
                }
            }
        }
    };
}

codes! {
    /// No valid sign-in came with the request.
    Unauthenticated = "UNAUTHENTICATED", "Not signed in", "未登录";
    /// The viewer may not do this here.
    Denied = "DENIED", "Not allowed", "没有权限";
    /// No such object, or none that the viewer may see.
    NotFound = "NOT_FOUND", "Not found", "未找到";
    /// A value given by the user breaks a rule.
    InvalidInput = "INVALID_INPUT", "Invalid input", "输入无效";
    /// The object changed since the caller read it.
    Conflict = "CONFLICT", "Changed by someone else", "已被他人修改";
    /// Another object of the same parent has the name.
    NameTaken = "NAME_TAKEN", "Name already used", "名称已被使用";
    /// Sign-in failed.
    BadCredentials = "BAD_CREDENTIALS", "Wrong user name or password", "用户名或密码错误";
    /// The new password breaks the policy.
    PasswordTooWeak = "PASSWORD_TOO_WEAK", "Password too weak", "密码强度不足";
    /// Signed in with a one-time or expired password.
    PasswordChangeRequired = "PASSWORD_CHANGE_REQUIRED", "Password must be changed", "必须修改密码";
    /// The account may not sign in at present.
    AccountLocked = "ACCOUNT_LOCKED", "Account locked", "账号已锁定";
    /// The text is not YAML or JSON of the accepted subset.
    SpecSyntax = "SPEC_SYNTAX", "Document cannot be read", "文档无法解析";
    /// A field that the document's schema does not have.
    SpecUnknownField = "SPEC_UNKNOWN_FIELD", "Unknown field", "未知字段";
    /// A value of another kind than the schema asks for.
    SpecType = "SPEC_TYPE", "Wrong kind of value", "值的类型不对";
    /// A value of the right kind that breaks a rule.
    SpecValue = "SPEC_VALUE", "Value not accepted", "取值不被接受";
    /// A field that must be present is absent.
    SpecMissing = "SPEC_MISSING", "Required field missing", "缺少必填字段";
    /// The needs of tasks form a cycle.
    SpecCycle = "SPEC_CYCLE", "Tasks need each other in a circle", "任务循环依赖";
    /// A task needs one that is not in the document.
    SpecUnknownNeed = "SPEC_UNKNOWN_NEED", "Needed task does not exist", "依赖的任务不存在";
    /// A key or name occurs twice where it must be unique.
    SpecDuplicate = "SPEC_DUPLICATE", "Given twice", "重复";
    /// A task that no order of events lets start.
    SpecUnreachable = "SPEC_UNREACHABLE", "Task can never start", "任务永远无法开始";
    /// The document passes a limit of size, depth or count.
    SpecTooLarge = "SPEC_TOO_LARGE", "Document too large", "文档过大";
    /// A calendar name that is not known.
    CalendarUnknown = "CALENDAR_UNKNOWN", "No such calendar", "日历不存在";
    /// The calendar does not know that date yet.
    BeyondHorizon = "BEYOND_HORIZON", "Past the calendar's horizon", "超出日历的已知范围";
    /// The run is in a final state.
    RunFinished = "RUN_FINISHED", "Run already finished", "工作流实例已结束";
    /// The workflow is deleted.
    WorkflowDeleted = "WORKFLOW_DELETED", "Workflow is deleted", "工作流已删除";
    /// The workflow has runs that have not ended.
    WorkflowBusy = "WORKFLOW_BUSY", "Workflow has unfinished runs", "工作流有未结束的实例";
    /// A worker reported about an attempt that was taken over.
    StaleReport = "STALE_REPORT", "Report of an attempt that is no longer current", "已过期的执行报告";
    /// A count passes its limit.
    TooMany = "TOO_MANY", "Too many", "数量过多";
    /// A body, file, output or text passes its limit.
    TooLarge = "TOO_LARGE", "Too large", "内容过大";
    /// The work was given up after its time limit.
    Timeout = "TIMEOUT", "Took too long", "超时";
    /// The server is starting, stopping or cut off.
    Unavailable = "UNAVAILABLE", "Not available at the moment", "暂时不可用";
    /// The database could not be reached or refused to work.
    Database = "DATABASE", "Database failed", "数据库故障";
    /// A fault of the server itself.
    Internal = "INTERNAL", "Internal error", "内部错误";
    /// A GraphQL query passes the depth limit.
    QueryTooDeep = "QUERY_TOO_DEEP", "Query too deeply nested", "查询嵌套过深";
    /// A GraphQL query passes the cost or alias limit.
    QueryTooCostly = "QUERY_TOO_COSTLY", "Query too costly", "查询代价过高";
    /// The caller sends faster than allowed.
    RateLimited = "RATE_LIMITED", "Too many requests", "请求过于频繁";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|it| it.as_str() == code).ok_or_else(|| UnknownCode(code.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back() {
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert_eq!(serde_json::to_value(code).expect("a name"), code.as_str());
            assert!(code.as_str().chars().all(|c| c.is_ascii_uppercase() || c == '_'), "{code}");
        }
        assert_eq!("OOPS".parse::<ErrorCode>(), Err(UnknownCode("OOPS".into())));
    }

    #[test]
    fn every_code_has_a_page_in_both_languages() {
        for code in ErrorCode::ALL {
            let page = code.page();
            let title = format!("# {code}: {}\n", code.text(Lang::En));
            assert!(page.starts_with(&title), "{code}");
            assert!(page.contains(&format!("\n## {}\n", code.text(Lang::Zh))), "{code}");
            for part in ["What happened", "What it affects", "What to do", "发生了什么", "影响", "怎么办"] {
                assert!(page.contains(&format!("**{part}**")), "{code} lacks {part}");
            }
        }
    }

    #[test]
    fn a_language_is_found_by_its_tag() {
        for (tag, lang) in
            [("zh", Lang::Zh), ("zh-CN", Lang::Zh), ("ZH_hans", Lang::Zh), ("en-GB", Lang::En), ("", Lang::En)]
        {
            assert_eq!(Lang::of_tag(tag), lang, "{tag}");
        }
    }
}
