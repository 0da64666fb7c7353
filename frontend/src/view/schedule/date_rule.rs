//! The business date of a workflow's runs.

use domain::bizdate::{BizDate, Expr, Period};
use domain::calendar::{Calendar, Calendars};
use domain::schedule::{self, Fire};
use domain::workflow::spec::BusinessDate;

use crate::i18n::Lang;

/// The rule of a workflow's business dates, ready to be asked.
#[derive(Clone)]
pub struct DateRule {
    calendar: Option<Calendar>,
    expr: Expr,
}

impl DateRule {
    /// The rule of a document; without one it is the day of the fire.
    ///
    /// # Errors
    /// The sentence that says why it can't be asked.
    pub fn of(rule: Option<&BusinessDate>, calendars: &Calendars, lang: Lang) -> Result<Self, String> {
        let Some(rule) = rule else {
            return Ok(Self { calendar: None, expr: Expr::parse("T").expect("the day itself is an expression") });
        };
        let calendar = calendars.resolve_text(&rule.calendar).map_err(|error| error.text(lang))?;
        let expr = Expr::parse(&rule.rule).map_err(|error| error.text(lang))?;
        Ok(Self { calendar: Some(calendar), expr })
    }

    /// The date of a fire.
    ///
    /// # Errors
    /// The sentence that says why it can't be told.
    pub fn date(&self, fire: &Fire, calendars: &Calendars, lang: Lang) -> Result<BizDate, String> {
        schedule::business_date(self.calendar.as_ref(), &self.expr, calendars, fire).map_err(|error| error.text(lang))
    }

    /// The longest period whose last open day a date is.
    pub(super) fn ends(&self, date: BizDate) -> Option<Period> {
        let calendar = self.calendar.as_ref()?;
        let is_last = |period: &Period| calendar.nth(date, *period, -1) == Ok(Some(date));
        [Period::Year, Period::Quarter, Period::Month].into_iter().find(is_last)
    }
}
