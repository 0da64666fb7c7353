//! Roles that accounts have in tenants.
