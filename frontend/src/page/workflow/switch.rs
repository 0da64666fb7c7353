//! Turning a workflow's schedules on and off.

use cynic::MutationBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::client;
use crate::api::failure::refusal;
use crate::api::workflow::{SetWorkflowEnabled, SetWorkflowEnabledInput, SetWorkflowEnabledVariables, WorkflowSwitch};
use crate::component::switch::Switch;
use crate::state::toast;
use crate::t;

/// Shows the wish at once and takes it back when the server refuses.
#[component]
pub(crate) fn EnabledSwitch(
    workflow: cynic::Id,
    name: String,
    tenant: String,
    may: bool,
    enabled: RwSignal<bool>,
    /// What the server answered, with the schedules' new times.
    on_switched: Callback<WorkflowSwitch>,
) -> impl IntoView {
    let label = {
        let name = name.clone();
        Signal::derive(move || t!(workflow_turn_on, &name))
    };
    let switch = Callback::new(move |on: bool| {
        let (id, name) = (workflow.clone(), name.clone());
        enabled.set(on);
        spawn_local(async move {
            let input = SetWorkflowEnabledInput { id, enabled: on, reason: None };
            let answer = client::send(SetWorkflowEnabled::build(SetWorkflowEnabledVariables { input })).await;
            match answer {
                Ok(answer) => match (answer.set_workflow_enabled.workflow, answer.set_workflow_enabled.user_errors) {
                    (Some(workflow), errors) if errors.is_empty() => {
                        let words =
                            if workflow.enabled { t!(workflow_turned_on, name) } else { t!(workflow_turned_off, name) };
                        toast::done(words);
                        if enabled.try_set(workflow.enabled).is_none() {
                            on_switched.run(workflow);
                        }
                        return;
                    }
                    (_, errors) => toast::refused(refusal(&errors).unwrap_or_default()),
                },
                Err(failure) => toast::failed(&failure),
            }
            let _ = enabled.try_set(!on);
        });
    });
    let off_limits = Signal::derive(move || (!may).then(|| t!(access_needs_edit, &tenant)));
    view! { <Switch on=enabled label off_limits on_switch=switch /> }
}
