//! The GraphQL API as this UI uses it: one module of typed operations per resource, checked against `schema.graphql`
//! when the crate is compiled, and the client that sends them.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_address_bar() {
        let id = cynic::Id::new("taskRun:7.123.4");
        assert_eq!(short_id(&id), "7.123.4");
        assert_eq!(global_id("taskRun", short_id(&id)), id);
    }
}
