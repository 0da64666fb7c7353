//! Typed identifiers.
//!
//! Every stored object has a 64-bit id that the application makes before the row is written; this module only types
//! them, so that a run's id can't be passed where a workflow's is wanted. On the wire an id is its decimal number.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// A department: the border of isolation.
    TenantId,
    /// A folder of workflows in a tenant.
    ProjectId,
    /// A workflow, across its versions.
    WorkflowId,
    /// One immutable version of a workflow.
    VersionId,
    /// A schedule of a workflow.
    ScheduleId,
    /// A calendar, across its revisions.
    CalendarId,
    /// One execution of a workflow version.
    RunId,
    /// The runs of a workflow for a range of business dates, as one object.
    BackfillId,
    /// A person or program that signs in.
    AccountId,
    /// One signed-in browser or client.
    SessionId,
    /// A server process of the cluster.
    NodeId,
    /// A role given to an account in a tenant.
    RoleBindingId,
}

impl TenantId {
    /// The domain of the platform itself: accounts, nodes and settings that belong to no department.
    pub const PLATFORM: Self = Self(0);
}

/// One try of a task of a run. A task run is the pair (run, ordinal), an attempt of it has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey {
    /// The department.
    pub tenant: TenantId,
    /// The run.
    pub run: RunId,
    /// The task's place in the plan of the run.
    pub ordinal: i32,
    /// The number of the try, from 1.
    pub number: i32,
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.run, self.ordinal, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_writes() {
        for id in [TenantId::PLATFORM, TenantId(-1), TenantId(i64::MAX)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(serde_json::to_string(&RunId(7)).expect("a number"), "7");
        assert_eq!(serde_json::from_str::<RunId>("7").expect("a number"), RunId(7));
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in ["", "x", "1.5", "9223372036854775808"] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
