//! What a stored schedule will do, and why it did what it did: asked of the same rules that fire it.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::bizdate::BizDate;
use domain::calendar::Calendars;
use domain::error::Lang;
use domain::id::{ScheduleId, TenantId, WorkflowId};
use domain::schedule::explain::Explanation;
use domain::schedule::{Event, Schedule as Rule, ScheduleSpec};
use domain::workflow::{Document, Schedule};
use store::schedule;

use super::plan::{self, FireReason};
use crate::Services;
use crate::calendar::Horizon;
use crate::ctx::OpCtx;
use crate::error::{Result, Text};
use crate::run::loaded::inconsistent;

/// Most events of one look ahead.
const MOST: usize = 200;

/// How many recorded instants of a date are told in words.
const TOLD: usize = 5;

/// How far a look ahead goes: two years.
const AHEAD_MS: i64 = 2 * 366 * 86_400_000;

/// A stored schedule with its rule and the calendars in force.
#[derive(Clone, Debug)]
pub struct Foretold {
    row: schedule::Row,
    spec: Schedule,
    rule: Result<Rule, FireReason>,
    calendars: Arc<Calendars>,
    document: Arc<crate::workflow::Definition>,
}

/// Something that a schedule does or leaves, with the business date of its run.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// What.
    pub event: Event,
    /// The date of the run that a fire would make; the reason where it can't be told.
    pub business_date: Option<Result<BizDate, FireReason>>,
}

/// What a schedule will do.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Fires and days without, in order.
    pub events: Vec<Foreseen>,
    /// Why nothing more is known after them.
    pub hold: Option<FireReason>,
}

/// What would become of the instants that were missed, if the schedule went on now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Runs that would be made at once.
    pub runs: usize,
    /// Fires that would not be made up for.
    pub dropped: usize,
    /// There are more than one look tells.
    pub more: bool,
}

/// Makes a schedule ready to be asked.
///
/// # Errors
/// As [`super::find`].
pub async fn foretell(services: &Services, ctx: &OpCtx, tenant: TenantId, id: ScheduleId) -> Result<Foretold> {
    let row = super::find(services, ctx, tenant, id).await?;
    let workflow = WorkflowId(row.workflow_id);
    let found = crate::workflow::find(services, ctx, tenant, workflow).await?;
    let document = services.definition(tenant, workflow, found.current_version).await?;
    let spec: Schedule =
        serde_json::from_str(&row.spec_json).map_err(|_| inconsistent("schedule", "spec_json", row.id))?;
    let calendars = services.calendars(tenant).await?;
    let rule = plan::compiled(&calendars, &spec);
    Ok(Foretold { row, spec, rule, calendars, document })
}

impl Foretold {
    fn document(&self) -> &Document {
        &self.document.document
    }

    /// What it does from an instant on, at most `most` fires and the days without among them.
    #[must_use]
    pub fn ahead(&self, from_ms: i64, most: usize) -> Ahead {
        let rule = match &self.rule {
            Ok(rule) => rule,
            Err(reason) => return Ahead { events: Vec::new(), hold: Some(reason.clone()) },
        };
        let (mut ahead, mut fires) = (Ahead::default(), 0);
        for event in rule.events(from_ms, from_ms.saturating_add(AHEAD_MS)).take(MOST) {
            match event {
                Err(hold) => ahead.hold = Some(hold.into()),
                Ok(event) => {
                    let business_date = self.business_date(&event);
                    fires += usize::from(business_date.is_some());
                    ahead.events.push(Foreseen { event, business_date });
                }
            }
            if fires >= most.min(MOST) {
                break;
            }
        }
        ahead
    }

    fn business_date(&self, event: &Event) -> Option<Result<BizDate, FireReason>> {
        let Event::Fire(fire) = event else { return None };
        let rule = self.document().spec.business_date.as_ref();
        Some(plan::business_date(&self.calendars, rule, fire.day))
    }

    /// Why it fires, moves or doesn't on a date.
    ///
    /// # Errors
    /// The reason why nothing can be said of it.
    pub fn explain(&self, date: BizDate) -> Result<Explanation, FireReason> {
        self.rule.as_ref().map(|rule| rule.explain(date)).map_err(Clone::clone)
    }

    /// What was recorded of a date, which stands whatever its calendars say since, and what those in force say of it.
    #[must_use]
    pub fn explained(&self, date: BizDate, recorded: &[schedule::FireRow]) -> Text {
        let text = |lang| {
            let now = self.explain(date).map_or_else(|reason| reason.text(lang), |it| it.text(lang));
            if recorded.is_empty() {
                return now;
            }
            let mut said: Vec<String> = recorded.iter().take(TOLD).map(|fire| self.was(fire, lang)).collect();
            let more = recorded.len().saturating_sub(TOLD);
            match lang {
                Lang::En => {
                    said.extend((more > 0).then(|| format!("And {more} more.")));
                    format!("{} By the calendars in force now: {now}", said.join(" "))
                }
                Lang::Zh => {
                    said.extend((more > 0).then(|| format!("另有 {more} 次。")));
                    format!("{}现行日历下：{now}", said.concat())
                }
            }
        };
        Text::new(text(Lang::En), text(Lang::Zh))
    }

    /// What became of one instant, as a sentence.
    fn was(&self, fire: &schedule::FireRow, lang: Lang) -> String {
        let zone = self.spec.to_rule().map_or(chrono_tz::Tz::UTC, |rule| rule.timezone);
        let at = domain::schedule::wall(zone, fire.instant_ms);
        let day = fire.business_date.as_deref().unwrap_or_default();
        let reason = || fire.reason_json.as_deref().and_then(|it| serde_json::from_str::<FireReason>(it).ok());
        let why = || reason().map(|it| it.text(lang)).unwrap_or_default();
        match (fire.outcome.as_str(), lang) {
            ("started", Lang::En) => format!("Started a run for the business date {day} at {at}."),
            ("started", Lang::Zh) => format!("{at} 已启动业务日 {day} 的实例。"),
            (_, Lang::En) => format!("Made no run at {at}: {}.", why().trim_end_matches('.')),
            (_, Lang::Zh) => format!("{at} 未启动实例：{}。", why().trim_end_matches('。')),
        }
    }

    /// What would become of what it missed until an instant, if it went on then.
    #[must_use]
    pub fn missed(&self, now_ms: i64) -> Missed {
        let catch_up = self.document().spec.catch_up;
        let due = plan::due(&self.calendars, &self.spec, catch_up, self.row.decided_ms, now_ms);
        let fires = || due.instants.iter().filter(|it| it.fire.is_some());
        let runs = fires().filter(|it| it.skip.is_none()).count();
        Missed { runs, dropped: fires().count() - runs, more: due.decided_ms < now_ms }
    }

    /// How long the calendars are known for on which it and its business dates rest; nothing when it names none.
    #[must_use]
    pub fn horizon(&self, now_ms: i64) -> Option<Horizon> {
        let rule = self.spec.to_rule();
        let named = rule.iter().flat_map(ScheduleSpec::calendars).cloned();
        let days = named.chain(self.document().data_calendars()).filter_map(|it| self.calendars.resolve(&it).ok());
        let horizons = days.map(|days| crate::calendar::horizon(&days, now_ms));
        horizons.min_by_key(|horizon| horizon.until.unwrap_or(BizDate::MAX))
    }

    /// The revisions of the base calendars on which it rests.
    #[must_use]
    pub fn revisions(&self) -> BTreeSet<(String, u32)> {
        let rule = self.spec.to_rule();
        let named = rule.iter().flat_map(ScheduleSpec::calendars);
        named.filter_map(|expr| self.calendars.revisions(expr).ok()).flatten().collect()
    }
}

/// What became of a schedule's instants on one date of its own clock, in order.
///
/// # Errors
/// As [`super::find`].
pub async fn fires_on(
    services: &Services,
    ctx: &OpCtx,
    tenant: TenantId,
    id: ScheduleId,
    date: BizDate,
) -> Result<Vec<schedule::FireRow>> {
    let row = super::find(services, ctx, tenant, id).await?;
    let spec: Schedule =
        serde_json::from_str(&row.spec_json).map_err(|_| inconsistent("schedule", "spec_json", row.id))?;
    let Some(rule) = spec.to_rule() else { return Ok(Vec::new()) };
    let start =
        |date: BizDate| domain::schedule::instant_of(rule.timezone, date.naive().and_time(chrono::NaiveTime::MIN));
    let next = date.add_days(1).unwrap_or(date);
    let mut page = schedule::list_fires(services.store().read(), tenant, id, Some(start(next)), MOST as u64).await?;
    page.items.retain(|fire| fire.instant_ms >= start(date));
    page.items.reverse();
    Ok(page.items)
}
