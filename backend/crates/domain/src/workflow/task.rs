//! The types of task that a document may hold.
//!
//! A type is one file of this folder: its fields, and what [`TaskType`] asks; plus one line in `task_types!` below.
//! Schema, parsing, validation and the editor's list of types follow from that.

mod noop;
mod shell;

pub use noop::Noop;
pub use shell::Shell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every type of task tells about itself.
pub trait TaskType {
    /// Its texts that are rendered for each attempt, under their field names.
    fn templates(&self) -> Vec<(&'static str, &str)>;
}

macro_rules! task_types {
    ($($(#[$doc:meta])* $type:ident = $name:literal;)+) => {
        /// A task's type and the fields of that type; `type` in the document tells which.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type")]
        pub enum TaskKind {
            $($(#[$doc])* #[serde(rename = $name)] $type($type),)+
        }

        impl TaskKind {
            /// The names of all types.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The type's name in the document.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$type(_) => $name,)+
                }
            }

            /// What the type tells about itself.
            #[must_use]
            pub fn as_type(&self) -> &dyn TaskType {
                match self {
                    $(Self::$type(task) => task,)+
                }
            }
        }
    };
}

task_types! {
    /// Runs a shell script on a worker.
    Shell = "shell";
    /// Does nothing: a gate that others need.
    Noop = "noop";
}
