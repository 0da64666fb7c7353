//! Instants of schedules as they are shown: on the schedule's own clock.

use chrono_tz::Tz;

use crate::browser;
use crate::i18n::lang;
use crate::view::calendar::fires;

/// An instant on the clock of a zone, which is named where the viewer's own clock shows another time.
pub(crate) fn on_clock(ms: i64, zone: Tz) -> String {
    fires::on_clock(ms, browser::server_now_ms(), (zone, browser::offset_min(ms)), lang())
}
