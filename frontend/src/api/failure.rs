//! Why a request gave no answer: what to tell a person, and what to hand to the platform team.

use domain::error::ErrorCode;
use serde::Deserialize;

use crate::api::session::UserError;
use crate::browser;
use crate::i18n::{self, text};

/// The kind of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No answer came.
    Offline,
    /// An answer that is not one of the API's.
    Server(u16),
    /// An answer that does not fit the schema this page was built with.
    Unreadable,
    /// An error of the API with its code.
    Api(String),
}

/// A request that gave no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// The server's or browser's own words.
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) at_ms: i64,
}

/// An error as GraphQL writes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WireError {
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) extensions: Extensions,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extensions {
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), request_id: None, at_ms: browser::now_ms() }
    }

    pub(crate) fn from_wire(error: WireError) -> Self {
        let WireError { message, extensions } = error;
        let kind = Kind::Api(extensions.code.unwrap_or_else(|| "INTERNAL".to_owned()));
        Self { request_id: extensions.request_id, ..Self::new(kind, message) }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        match &self.kind {
            Kind::Api(code) => Some(code),
            _ => None,
        }
    }

    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        self.code() == Some(code.as_str())
    }

    /// Whether trying again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        match &self.kind {
            Kind::Offline | Kind::Server(_) => true,
            Kind::Unreadable => false,
            Kind::Api(_) => known(self.code()).is_none_or(|code| {
                !matches!(
                    code,
                    ErrorCode::Denied | ErrorCode::NotFound | ErrorCode::InvalidInput | ErrorCode::Unauthenticated
                )
            }),
        }
    }

    /// What happened, in the chosen language.
    pub(crate) fn title(&self) -> String {
        let lang = i18n::lang();
        match &self.kind {
            Kind::Offline => text::error_offline(lang).to_owned(),
            Kind::Server(_) => text::error_server(lang).to_owned(),
            Kind::Unreadable => text::error_unreadable(lang).to_owned(),
            Kind::Api(_) => match known(self.code()) {
                Some(code) => code.text(lang).to_owned(),
                None => self.message.clone(),
            },
        }
    }

    /// What it means for the reader.
    pub(crate) fn explanation(&self) -> String {
        let lang = i18n::lang();
        match &self.kind {
            Kind::Offline => text::error_offline_text(lang).to_owned(),
            Kind::Server(_) => text::error_server_text(lang).to_owned(),
            Kind::Unreadable => text::error_unreadable_text(lang).to_owned(),
            Kind::Api(_) => self.message.clone(),
        }
    }

    /// Both as a sentence or two.
    pub(crate) fn in_words(&self) -> String {
        let (title, why) = (self.title(), self.explanation());
        if why.is_empty() || why == title { title } else { format!("{title}. {why}") }
    }
}

fn known(code: Option<&str>) -> Option<ErrorCode> {
    ErrorCode::ALL.iter().copied().find(|known| Some(known.as_str()) == code)
}

/// The first of a mutation's expected failures as a sentence, when there is one.
pub(crate) fn refusal(errors: &[UserError]) -> Option<String> {
    errors.first().map(|error| {
        if error.message.is_empty() {
            known(Some(&error.code)).map_or_else(|| error.code.clone(), |code| code.text(i18n::lang_now()).to_owned())
        } else {
            error.message.clone()
        }
    })
}
