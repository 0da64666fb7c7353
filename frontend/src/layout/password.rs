//! Changing one's password: the form, and the dialog of the account menu.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::component::reason::Refusal;
use crate::state::{session, toast};
use crate::t;

/// What the policy asks for at least; the server has the last word.
const MIN_CHARS: usize = 12;

/// The values of the form and what becomes of them.
#[derive(Clone, Copy)]
pub(crate) struct PasswordForm {
    pub(crate) current: RwSignal<String>,
    new: RwSignal<String>,
    repeat: RwSignal<String>,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) refusal: RwSignal<Option<String>>,
}

impl PasswordForm {
    pub(crate) fn new() -> Self {
        Self {
            current: RwSignal::default(),
            new: RwSignal::default(),
            repeat: RwSignal::default(),
            busy: RwSignal::new(false),
            refusal: RwSignal::new(None),
        }
    }

    pub(crate) fn submit(self, then: impl Fn() + 'static) {
        let (new, repeat) = (self.new.get_untracked(), self.repeat.get_untracked());
        if new.chars().count() < MIN_CHARS {
            return self.refusal.set(Some(t!(signin_short).to_owned()));
        }
        if new != repeat {
            return self.refusal.set(Some(t!(signin_differ).to_owned()));
        }
        self.refusal.set(None);
        self.busy.set(true);
        let current = self.current.get_untracked();
        spawn_local(async move {
            let answer = session::change_password(current, new).await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(Ok(())) => then(),
                Ok(Err(refusal)) => drop(self.refusal.try_set(Some(refusal))),
                Err(failure) => drop(self.refusal.try_set(Some(failure.in_words()))),
            }
        });
    }
}

#[component]
pub(crate) fn PasswordFields(
    form: PasswordForm,
    /// Whether the current one must be typed; it is known right after signing in.
    ask_current: bool,
) -> impl IntoView {
    let field = |id: &'static str,
                 label: Signal<&'static str>,
                 value: RwSignal<String>,
                 autocomplete: &'static str,
                 focus: bool| {
        view! {
            <div class="field">
                <label for=id>{move || label.get()}</label>
                <input
                    id=id
                    class="inp"
                    type="password"
                    required
                    autofocus=focus
                    autocomplete=autocomplete
                    on:input=move |event| value.set(browser::input_value(&event))
                />
            </div>
        }
    };
    view! {
        {ask_current.then(|| field("current", Signal::derive(|| t!(signin_current)), form.current, "current-password", true))}
        {field("new", Signal::derive(|| t!(signin_new)), form.new, "new-password", !ask_current)}
        {field("repeat", Signal::derive(|| t!(signin_repeat)), form.repeat, "new-password", false)}
        <span class="hint">{move || t!(signin_short)}</span>
        <Refusal refusal=form.refusal />
    }
}

#[component]
pub(crate) fn PasswordDialog(on_close: Callback<()>) -> impl IntoView {
    let form = PasswordForm::new();
    let submit = Callback::new(move |()| {
        form.submit(move || {
            toast::done(t!(signin_changed));
            on_close.run(());
        });
    });
    view! {
        <Dialog
            title=Signal::derive(|| t!(signin_change).to_owned())
            on_close
            on_confirm=submit
            footer=move || {
                view! {
                    <DialogButtons confirm=Signal::derive(|| t!(signin_change).to_owned()) busy=form.busy on_close />
                }
            }
        >
            <PasswordFields form ask_current=true />
        </Dialog>
    }
}
