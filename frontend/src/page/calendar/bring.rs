//! Importing a published file: chosen or dropped, read by the server, and shown with what it says, what is wrong with it
//! and what it would change, before it becomes a draft.

use cynic::QueryBuilder;
use leptos::ev::DragEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use crate::api::calendar::change::SaveCalendarDraftInput;
use crate::api::calendar::{CalendarImportPreview, PreviewCalendarImportInput, PreviewImport, PreviewImportVariables};
use crate::api::client;
use crate::api::failure::Failure;
use crate::component::dialog::{Dialog, DialogButtons};
use crate::component::icon::Ic;
use crate::component::reason::Refusal;
use crate::icon::Icon;
use crate::page::calendar::Shown;
use crate::page::calendar::imported::Preview;
use crate::page::calendar::send::Sending;
use crate::state::address::use_address;
use crate::t;
use crate::{browser, format};

/// The largest file that is sent, as the server's own limit.
const MAX_BYTES: f64 = 5.0 * 1024.0 * 1024.0;

/// What became of the chosen file.
#[derive(Clone)]
enum Taken {
    Nothing,
    Busy(String),
    Failed(String, String),
    Done(String, f64, CalendarImportPreview),
}

#[component]
pub(crate) fn ImportDialog(entry: Shown, on_close: Callback<()>) -> impl IntoView {
    let (address, sending) = (use_address(), Sending::new());
    let read = RwSignal::new(Taken::Nothing);
    let note = RwSignal::new(String::new());
    let take = Callback::new(move |file: File| read_file(entry, file, read));
    let ready = Memo::new(move |_| {
        read.with(|read| matches!(read, Taken::Done(_, _, preview) if preview.definition.is_some() && preview.problems.is_empty()))
    });
    let save = Callback::new(move |()| {
        let Taken::Done(name, _, CalendarImportPreview { definition: Some(definition), digest, .. }) =
            read.get_untracked()
        else {
            return;
        };
        if !ready.get_untracked() {
            return;
        }
        let input = entry.with_untracked(|entry| SaveCalendarDraftInput {
            calendar: entry.row.id.clone(),
            definition,
            based_on: entry.row.active.as_ref().map(|active| active.number),
            source: Some(format!("{name}, {digest}")),
            note: Some(note.get_untracked().trim().to_owned()).filter(|note| !note.is_empty()),
        });
        sending.save_draft(address, input, move || on_close.run(()));
    });
    let footer = move || {
        view! {
            <Show when=move || entry.with(|entry| entry.row.second_person)>
                <span class="small dim caldlg__f">{move || t!(calendar_second_person_note)}</span>
            </Show>
            <DialogButtons
                confirm=Signal::derive(|| t!(calendar_save_draft).to_owned())
                busy=Signal::derive(move || sending.busy.get() || !ready.get())
                on_close
            />
        }
    };
    view! {
        <Dialog
            title=Signal::derive(move || entry.with(|entry| t!(calendar_import_title, entry.row.name.clone())))
            mark=|| view! { <Ic icon=Icon::Ul /> }
            class="dialog--import"
            on_close
            on_confirm=save
            footer
        >
            <Drop read on_file=take />
            {move || match read.get() {
                Taken::Done(_, _, preview) => view! { <Preview entry preview /> }.into_any(),
                Taken::Failed(_, why) => view! { <Refusal refusal=Signal::stored(Some(why)) /> }.into_any(),
                _ => ().into_any(),
            }}
            <Show when=move || ready.get()>
                <div class="field">
                    <label for="import-note">{move || t!(calendar_note)}</label>
                    <input
                        id="import-note"
                        class="inp"
                        maxlength="500"
                        on:input=move |event| note.set(browser::input_value(&event))
                    />
                </div>
            </Show>
            <Refusal refusal=sending.refusal />
        </Dialog>
    }
}

/// Sends the file to be looked at; nothing is saved.
fn read_file(entry: Shown, file: File, read: RwSignal<Taken>) {
    let (name, size) = (file.name(), file.size());
    if size > MAX_BYTES {
        read.set(Taken::Failed(name, t!(calendar_too_large).to_owned()));
        return;
    }
    read.set(Taken::Busy(name.clone()));
    let calendar = entry.with_untracked(|entry| entry.row.id.clone());
    spawn_local(async move {
        let outcome = match browser::base64(file).await {
            Some(content) => preview(calendar, &name, content).await,
            None => Err(None),
        };
        // The dialog may have gone, or another file may have been chosen meanwhile.
        let still = read.try_with_untracked(|read| matches!(read, Taken::Busy(busy) if *busy == name));
        if still == Some(true) {
            read.set(match outcome {
                Ok(preview) => Taken::Done(name, size, preview),
                Err(None) => Taken::Failed(name, t!(calendar_unreadable).to_owned()),
                Err(Some(failure)) => Taken::Failed(name, failure.in_words()),
            });
        }
    });
}

async fn preview(calendar: cynic::Id, name: &str, content: String) -> Result<CalendarImportPreview, Option<Failure>> {
    let input = PreviewCalendarImportInput { calendar, file_name: name.to_owned(), content };
    let answer = client::send(PreviewImport::build(PreviewImportVariables { input })).await;
    answer.map(|answer| answer.preview_calendar_import).map_err(Some)
}

/// Where a file is dropped, or chosen by a button.
#[component]
fn Drop(read: RwSignal<Taken>, on_file: Callback<File>) -> impl IntoView {
    let over = RwSignal::new(false);
    let field = NodeRef::<Input>::new();
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        let files = event.data_transfer().and_then(|transfer| transfer.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            on_file.run(file);
        }
    };
    let chosen = move |_| {
        let files = field.get_untracked().and_then(|field| field.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            on_file.run(file);
        }
    };
    let pick = move |_| {
        if let Some(field) = field.get_untracked() {
            // So that the same file can be chosen again after it was mended.
            field.set_value("");
            field.click();
        }
    };
    let said = move || match read.get() {
        Taken::Nothing => {
            view! { <span>{t!(calendar_drop)}</span> <span class="small dim">{t!(calendar_formats)}</span> }.into_any()
        }
        Taken::Busy(name) => {
            view! { <b class="med">{name}</b> <span class="small dim">{t!(calendar_reading)}</span> }.into_any()
        }
        Taken::Failed(name, _) => view! { <b class="med">{name}</b> }.into_any(),
        Taken::Done(name, size, preview) => {
            let digest: String = preview.digest.chars().take(16).collect();
            view! {
                <b class="med">{name}</b>
                <span class="small dim">{format!("{}, {digest}", format::bytes(size as i64))}</span>
            }
            .into_any()
        }
    };
    view! {
        <div
            class="drop"
            class:is-over=move || over.get()
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <Ic icon=Icon::File />
            <div class="col grow">{said}</div>
            <input
                class="sr"
                type="file"
                node_ref=field
                tabindex="-1"
                aria-label=move || t!(calendar_choose_file)
                accept=".csv,.txt,.xlsx,.ics,.json"
                on:change=chosen
            />
            <button class="btn btn--s" type="button" autofocus on:click=pick>
                <Ic icon=Icon::Ul />
                {move || if read.with(|read| matches!(read, Taken::Nothing)) { t!(calendar_choose_file) } else { t!(calendar_other_file) }}
            </button>
        </div>
    }
}
