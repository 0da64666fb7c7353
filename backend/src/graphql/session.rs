//! Sessions: signing in, staying signed in, signing out.

mod mutation;

pub(crate) use mutation::SessionMutation;
