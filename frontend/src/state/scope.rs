//! Which tenant the lists show. The scope is part of every address (`?scope=<slug>`), so a link shows the same to
//! everybody who may see it.

use cynic::QueryBuilder;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::client;
use crate::api::session::Permission;
use crate::api::tenant::{Tenant, Tenants};
use crate::state::load::{Load, Loader, load};

#[derive(Clone, Copy)]
pub(crate) struct Scope {
    slug: Memo<Option<String>>,
    tenants: Loader<Vec<Tenant>>,
}

/// Must be called below the router.
pub(crate) fn provide_scope() {
    let query = use_query_map();
    let slug = Memo::new(move |_| query.read().get("scope").filter(|slug| !slug.is_empty()));
    let tenants = load(|| (), |()| async { client::send(Tenants::build(())).await.map(|answer| answer.tenants.nodes) });
    provide_context(Scope { slug, tenants });
}

pub(crate) fn use_scope() -> Scope {
    expect_context()
}

impl Scope {
    /// The slug in the address.
    pub(crate) fn slug(self) -> Option<String> {
        self.slug.get()
    }

    /// The tenants the viewer may see; empty until they are known.
    pub(crate) fn tenants(self) -> Vec<Tenant> {
        match self.tenants.state.get() {
            Load::Ready(tenants) => tenants,
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_known(self) -> bool {
        !matches!(self.tenants.state.get(), Load::Pending)
    }

    /// The chosen tenant, when one is chosen and visible.
    pub(crate) fn tenant(self) -> Option<Tenant> {
        let slug = self.slug()?;
        self.tenants().into_iter().find(|tenant| tenant.slug == slug)
    }

    /// Whether rows should name their tenant.
    pub(crate) fn shows_all(self) -> bool {
        self.slug().is_none() && self.tenants().len() > 1
    }

    /// What the scope is called.
    pub(crate) fn label(self) -> String {
        match (self.slug(), self.tenant()) {
            (_, Some(tenant)) => tenant.title,
            (Some(slug), None) => slug,
            (None, None) => match self.tenants().as_slice() {
                [only] => only.title.clone(),
                _ => crate::t!(app_all_tenants).to_owned(),
            },
        }
    }

    /// Projects in which the viewer may create workflows, with their tenants, within the scope.
    pub(crate) fn editable_projects(self) -> Vec<(Tenant, crate::api::tenant::Project)> {
        let chosen = self.slug();
        let within =
            self.tenants().into_iter().filter(|tenant| chosen.as_ref().is_none_or(|slug| *slug == tenant.slug));
        within
            .flat_map(|tenant| {
                let projects = tenant.projects.nodes.clone();
                projects.into_iter().map(move |project| (tenant.clone(), project))
            })
            .filter(|(tenant, project)| {
                project.viewer_can.contains(&Permission::WorkflowEdit)
                    || tenant.viewer_can.contains(&Permission::WorkflowEdit)
            })
            .collect()
    }

    /// An address within the scope.
    pub(crate) fn href(self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        match self.slug() {
            Some(slug) => format!("{path}{joint}scope={slug}"),
            None => path.to_owned(),
        }
    }
}
