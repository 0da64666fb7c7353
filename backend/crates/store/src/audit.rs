//! The audit trail and its hash chains.
