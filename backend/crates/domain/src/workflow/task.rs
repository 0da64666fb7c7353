//! The types of task that a document may hold.
//!
//! A type is one file of this folder: its fields, and what [`TaskType`] asks; plus one line in `task_types!` below.
//! Schema, parsing, validation and the editor's list of types follow from that.

mod approval;
mod noop;
mod shell;
mod sub_workflow;
mod switch;
mod wait_for;

pub use approval::{Approval, OnDeadline};
pub use noop::Noop;
pub use shell::Shell;
pub use sub_workflow::SubWorkflow;
pub use switch::{Case, Switch};
pub use wait_for::{AwaitedFile, AwaitedRun, OnFailed, Until, WaitFor};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What every type of task tells about itself.
pub trait TaskType {
    /// What tasks of this type are.
    const NATURE: Nature;
}

/// What tasks of a type are, and so which of the fields that all tasks have mean something for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nature {
    /// A worker does the work. Others take no place in a pool, whatever they wait for.
    pub worker: bool,
    /// It can be tried again.
    pub retries: bool,
    /// Its time can be limited.
    pub timeout: bool,
    /// It can run once for each item of a list.
    pub items: bool,
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

            /// What tasks of this type are.
            #[must_use]
            pub const fn nature(&self) -> Nature {
                match self {
                    $(Self::$type(_) => $type::NATURE,)+
                }
            }
        }

        impl Nature {
            /// What tasks of the type with this name are.
            #[must_use]
            pub fn of(name: &str) -> Option<Self> {
                match name {
                    $($name => Some($type::NATURE),)+
                    _ => None,
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
    /// Chooses which of the tasks that need it run.
    Switch = "switch";
    /// Waits for runs of another workflow or for a file.
    WaitFor = "wait_for";
    /// Runs another workflow.
    SubWorkflow = "sub_workflow";
    /// Waits for a person's decision.
    Approval = "approval";
}
