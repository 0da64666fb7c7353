//! A set of permissions as one number: what a decision is cached as.

use std::fmt;

use domain::access::Permission;

/// What somebody may do in one scope.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// Nothing is allowed.
    pub const NONE: Self = Self(0);

    /// Everything; what Almanac itself may do.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether the permission is in the set.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & Self::bit(permission) != 0
    }

    /// The permissions, in the order of the API's enum.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |it| self.contains(*it))
    }

    const fn bit(permission: Permission) -> u64 {
        1 << permission as u32
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, it| bits | Self::bit(it)))
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_it_was_made_of() {
        let set: PermissionSet = [Permission::RunStart, Permission::TenantRead].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Permission::TenantRead, Permission::RunStart]);
        assert!(!set.contains(Permission::RunRead));
        assert_eq!(PermissionSet::all().iter().count(), Permission::ALL.len());
        assert_eq!(PermissionSet::NONE.iter().count(), 0);
    }
}
