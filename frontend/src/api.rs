//! The GraphQL API as this UI uses it: one module of typed operations per resource, checked against `schema.graphql`
//! when the crate is compiled, and the client that sends them.

pub mod backfill;
pub mod calendar;
pub mod cluster;
pub mod look;
pub mod operate;
pub mod run;
pub mod scalar;
pub mod session;
pub mod system;
pub mod task;
pub mod tenant;
pub mod workflow;

#[cfg(target_arch = "wasm32")]
pub(crate) mod client;
#[cfg(target_arch = "wasm32")]
pub(crate) mod failure;
#[cfg(target_arch = "wasm32")]
pub(crate) mod socket;

/// The types of `schema.graphql`, for cynic.
#[cynic::schema("almanac")]
#[expect(unreachable_pub, reason = "generated")]
mod schema {}

/// A global id as it stands in addresses: without its kind, `run:7.12` is `7.12` in `/runs/7.12`.
pub fn short_id(id: &cynic::Id) -> &str {
    id.inner().split_once(':').map_or(id.inner(), |(_, short)| short)
}

/// The opposite of [`short_id`].
pub fn global_id(kind: &str, short: &str) -> cynic::Id {
    cynic::Id::new(format!("{kind}:{short}"))
}

/// The number of a run as people read it out: the last digits of its id, which differ between runs that are near each
/// other in time. The whole id stands in the address.
pub fn run_number(id: &cynic::Id) -> &str {
    const DIGITS: usize = 8;
    let number = short_id(id).rsplit('.').next().unwrap_or_default();
    number.len().checked_sub(DIGITS).and_then(|start| number.get(start..)).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_address_bar() {
        let id = cynic::Id::new("taskRun:7.123.4");
        assert_eq!(short_id(&id), "7.123.4");
        assert_eq!(global_id("taskRun", short_id(&id)), id);
    }

    #[test]
    fn a_run_is_called_by_its_last_digits() {
        assert_eq!(run_number(&cynic::Id::new("run:7.250283079464124416")), "64124416");
        assert_eq!(run_number(&cynic::Id::new("run:7.12")), "12");
    }
}
