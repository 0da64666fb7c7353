//! People and services that sign in.
