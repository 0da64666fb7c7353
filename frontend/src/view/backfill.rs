//! How the states of backfills and of their dates look.

use super::state::{Look, look};
use crate::api::backfill::{BackfillAction, BackfillItemState, BackfillState};
use crate::i18n::{Lang, text};
use crate::icon::Icon;

pub fn backfill(state: BackfillState) -> Look {
    match state {
        BackfillState::Running => look("run", Icon::StateRun, text::state_running),
        BackfillState::Paused => look("hold", Icon::StateHold, text::state_paused),
        BackfillState::Cancelling => look("queue", Icon::StateQueue, text::backfill_cancelling),
        BackfillState::Succeeded => look("ok", Icon::StateOk, text::state_succeeded),
        BackfillState::Failed => look("fail", Icon::StateFail, text::state_failed),
        BackfillState::Cancelled => look("stop", Icon::StateStop, text::backfill_cancelled),
    }
}

pub fn item(state: BackfillItemState) -> Look {
    match state {
        BackfillItemState::Pending => look("plan", Icon::StatePlan, text::state_pending),
        BackfillItemState::Running => look("run", Icon::StateRun, text::state_running),
        BackfillItemState::Succeeded => look("ok", Icon::StateOk, text::state_succeeded),
        BackfillItemState::Failed => look("fail", Icon::StateFail, text::state_failed),
        BackfillItemState::Skipped => look("skip", Icon::StateSkip, text::backfill_left_out),
        BackfillItemState::Cancelled => look("stop", Icon::StateStop, text::backfill_cancelled),
    }
}

/// What is done for a date, as a word.
pub fn action(action: BackfillAction, lang: Lang) -> &'static str {
    match action {
        BackfillAction::Create => text::backfill_create(lang),
        BackfillAction::Rerun => text::backfill_rerun(lang),
        BackfillAction::Skip => text::backfill_skip(lang),
        BackfillAction::Blocked => text::backfill_blocked(lang),
    }
}
