//! Providers and the whole site map.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::path;

use crate::component::toast::Toaster;
use crate::layout::shell::Shell;
use crate::page::{backfill, calendar, monitoring, not_found, run, signin, workflow};
use crate::state::preference::provide_preferences;
use crate::state::session;

/// Starts the application in the page.
pub fn mount() {
    console_error_panic_hook::set_once();
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    provide_preferences();
    session::resume();
    view! {
        <Router>
            <Routes fallback=not_found::NotFoundAlone>
                <Route path=path!("/signin") view=signin::SignIn />
                <ParentRoute path=path!("") view=Shell>
                    <Route path=path!("/") view=|| view! { <Redirect path="/runs" /> } />
                    <Route path=path!("/runs") view=run::list::RunList />
                    <Route path=path!("/runs/:run") view=run::detail::RunPage />
                    <Route path=path!("/monitoring") view=|| view! { <Redirect path="/monitoring/scheduler" /> } />
                    <Route path=path!("/monitoring/scheduler") view=monitoring::scheduler::SchedulerPage />
                    <Route path=path!("/workflows") view=workflow::list::WorkflowList />
                    <Route path=path!("/workflows/new") view=workflow::new::NewWorkflow />
                    <Route path=path!("/workflows/:workflow") view=workflow::detail::WorkflowPage />
                    <Route path=path!("/backfills") view=backfill::list::BackfillList />
                    <Route path=path!("/backfills/new") view=backfill::new::NewBackfill />
                    <Route path=path!("/backfills/:backfill") view=backfill::detail::BackfillPage />
                    <ParentRoute path=path!("/calendars") view=calendar::frame::CalendarFrame>
                        <Route path=path!("") view=calendar::frame::FirstCalendar />
                        <Route path=path!("compare") view=calendar::compare::ComparePage />
                        <Route path=path!("new") view=calendar::derived::NewDerived />
                        <Route path=path!(":calendar") view=calendar::detail::CalendarPage />
                    </ParentRoute>
                    <Route path=path!("/*any") view=not_found::NotFound />
                </ParentRoute>
            </Routes>
        </Router>
        <Toaster />
    }
}
