//! What outlives a page: who is signed in, what is chosen, what is live. No business rules, no drawing.

pub(crate) mod address;
pub(crate) mod calendars;
pub(crate) mod clock;
pub(crate) mod crumb;
pub(crate) mod live_run;
pub(crate) mod load;
pub(crate) mod preference;
pub(crate) mod scope;
pub(crate) mod session;
pub(crate) mod toast;
