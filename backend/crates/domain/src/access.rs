//! Who may do what: permissions, and the built-in roles that bundle them.
//!
//! A role is granted in a tenant (or on the platform, [`crate::id::TenantId::PLATFORM`]); the table of [`Role::permissions`] is the
//! reviewed truth from which the enforcer's policy is made. Names are the wire names of the API's enums.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that names no role or permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known name")]
pub struct UnknownName(pub String);

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$item_doc:meta])* $item:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$item_doc])* #[serde(rename = $name)] $item,)+
        }

        impl $type {
            /// Every one, in the order of the API's enum.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// The name on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$item => $name,)+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|it| it.as_str() == name).ok_or_else(|| UnknownName(name.to_owned()))
            }
        }
    };
}

names! {
    /// One thing that a person may do in a tenant.
    Permission {
        /// See that the tenant exists, and its title.
        TenantRead = "TENANT_READ",
        /// Change the tenant's settings.
        TenantManage = "TENANT_MANAGE",
        /// Grant and revoke roles in the tenant.
        MemberManage = "MEMBER_MANAGE",
        /// See projects.
        ProjectRead = "PROJECT_READ",
        /// Make and change projects.
        ProjectManage = "PROJECT_MANAGE",
        /// See workflows, their versions and schedules.
        WorkflowRead = "WORKFLOW_READ",
        /// Make and change workflows.
        WorkflowEdit = "WORKFLOW_EDIT",
        /// See runs and task runs.
        RunRead = "RUN_READ",
        /// Start a run by hand.
        RunStart = "RUN_START",
        /// Stop, rerun and decide about lost tasks; switch schedules on and off.
        RunOperate = "RUN_OPERATE",
        /// Read what tasks printed, which may show business data.
        LogRead = "LOG_READ",
        /// Read the audit trail.
        AuditRead = "AUDIT_READ",
        /// Draft calendars and their revisions.
        CalendarEdit = "CALENDAR_EDIT",
        /// Put a calendar's revision in force, and change single days at once.
        CalendarActivate = "CALENDAR_ACTIVATE",
        /// See nodes, database and settings of the platform.
        PlatformRead = "PLATFORM_READ",
        /// Make tenants and accounts.
        PlatformManage = "PLATFORM_MANAGE",
    }
}

names! {
    /// A bundle of permissions that is granted as one.
    Role {
        /// Runs the platform; on the platform's domain only, and sees no department's data by it.
        SystemAdmin = "SYSTEM_ADMIN",
        /// Keeps the firm's calendars; on the platform's domain only, and sees no department's data by it.
        CalendarAdmin = "CALENDAR_ADMIN",
        /// Everything within a tenant.
        TenantAdmin = "TENANT_ADMIN",
        /// Builds workflows and tries them.
        Developer = "DEVELOPER",
        /// Keeps the nightly work going, without changing what it does.
        Operator = "OPERATOR",
        /// Looks.
        Viewer = "VIEWER",
    }
}

impl Role {
    /// What the role allows in the domain where it is granted.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::SystemAdmin => &[
                P::TenantRead,
                P::TenantManage,
                P::MemberManage,
                P::AuditRead,
                P::CalendarEdit,
                P::CalendarActivate,
                P::PlatformRead,
                P::PlatformManage,
            ],
            Self::CalendarAdmin => &[P::CalendarEdit, P::CalendarActivate],
            Self::TenantAdmin => &[
                P::TenantRead,
                P::TenantManage,
                P::MemberManage,
                P::ProjectRead,
                P::ProjectManage,
                P::WorkflowRead,
                P::WorkflowEdit,
                P::RunRead,
                P::RunStart,
                P::RunOperate,
                P::LogRead,
                P::AuditRead,
                P::CalendarEdit,
                P::CalendarActivate,
            ],
            Self::Developer => &[
                P::TenantRead,
                P::ProjectRead,
                P::ProjectManage,
                P::WorkflowRead,
                P::WorkflowEdit,
                P::RunRead,
                P::RunStart,
                P::RunOperate,
                P::LogRead,
                P::CalendarEdit,
            ],
            Self::Operator => {
                &[P::TenantRead, P::ProjectRead, P::WorkflowRead, P::RunRead, P::RunStart, P::RunOperate, P::LogRead]
            }
            Self::Viewer => &[P::TenantRead, P::ProjectRead, P::WorkflowRead, P::RunRead, P::LogRead],
        }
    }

    /// Whether the role includes the permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether the role is granted on the platform's domain rather than in a department.
    #[must_use]
    pub const fn is_platform(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::CalendarAdmin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The enum of the API's schema as its names.
    fn of_schema(name: &str) -> Vec<&'static str> {
        let schema = include_str!("../../../../frontend/schema.graphql");
        let start = schema.find(&format!("enum {name} {{")).expect("the schema has the enum");
        let body = &schema[start..];
        let open = body.find('{').expect("an enum has a body") + 1;
        let close = body.find('}').expect("an enum ends");
        body[open..close].lines().filter(|line| !line.trim().starts_with('"')).flat_map(str::split_whitespace).collect()
    }

    #[test]
    fn names_are_those_of_the_schema() {
        let permissions: Vec<_> = Permission::ALL.iter().map(|it| it.as_str()).collect();
        let roles: Vec<_> = Role::ALL.iter().map(|it| it.as_str()).collect();
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        assert_eq!(sorted(permissions), sorted(of_schema("Permission")));
        assert_eq!(sorted(roles), sorted(of_schema("Role")));
    }

    #[test]
    fn a_name_reads_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
            assert_eq!(serde_json::to_value(permission).expect("a name"), permission.as_str());
        }
        assert_eq!("ROOT".parse::<Role>(), Err(UnknownName("ROOT".into())));
    }

    /// One row per role; a change of rights is a change of this text.
    #[test]
    fn the_role_table_is_as_reviewed() {
        let table: String = Role::ALL
            .iter()
            .map(|role| {
                let marks: String =
                    Permission::ALL.iter().map(|permission| if role.allows(*permission) { 'x' } else { '.' }).collect();
                format!("{marks} {role}\n")
            })
            .collect();
        assert_eq!(
            table,
            "xxx........xxxxx SYSTEM_ADMIN\n\
             ............xx.. CALENDAR_ADMIN\n\
             xxxxxxxxxxxxxx.. TENANT_ADMIN\n\
             x..xxxxxxxx.x... DEVELOPER\n\
             x..x.x.xxxx..... OPERATOR\n\
             x..x.x.x..x..... VIEWER\n"
        );
    }

    #[test]
    fn only_platform_roles_hold_platform_rights() {
        for role in Role::ALL {
            let platform = role.allows(Permission::PlatformRead) || role.allows(Permission::PlatformManage);
            assert!(!platform || role.is_platform(), "{role}");
        }
    }
}
