//! Walks a chain from its first row, or from the last one that was deleted by age, and says whether it is whole.

use domain::id::TenantId;
use store::{
    Store,
    audit::{AuditEvent, Head},
    page::MAX_PAGE,
};

use super::canonical;

/// What is wrong at a place of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The row is not there: deleted, or the tail was cut.
    Missing,
    /// The row is not what its hash says.
    Changed,
    /// The row does not follow from the one before it.
    Unlinked,
    /// The row is sound but not the one that was known at this place.
    Replaced,
    /// The row stands past the end of the chain: inserted, or the recorded end was set back.
    Surplus,
    /// The recorded end of the chain has another hash than the last row.
    WrongHead,
}

/// The answer of [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row up to the head is there and unchanged.
    Intact {
        /// The last row; keep it elsewhere to find a cut tail later. `None`: the chain has not begun.
        head: Option<Head>,
    },
    /// The chain is not what was written.
    Broken {
        /// The first place where it shows.
        seq: i64,
        /// What is wrong there.
        fault: Fault,
    },
}

/// Verifies the chain of a tenant. `known` is a head from an earlier verification or export: with it, rows that were
/// cut off or rewritten together with the recorded head are found.
///
/// What was deleted by age is not looked at: the chain keeps the last of it as its anchor. Rows that are added, and old
/// ones that are deleted meanwhile, don't disturb it.
///
/// # Errors
/// The database's.
pub async fn verify(store: &Store, tenant: TenantId, known: Option<&Head>) -> store::Result<Verdict> {
    loop {
        let anchor = store::audit::anchor(store.read(), tenant).await?;
        let verdict = walked(store, tenant, anchor.as_ref(), known).await?;
        let sound = matches!(verdict, Verdict::Intact { .. });
        // Rows that were still to be read may have been deleted.
        if sound || store::audit::anchor(store.read(), tenant).await? == anchor {
            return Ok(verdict);
        }
    }
}

async fn walked(
    store: &Store,
    tenant: TenantId,
    anchor: Option<&Head>,
    known: Option<&Head>,
) -> store::Result<Verdict> {
    let head = store::audit::head(store.read(), tenant).await?;
    let mut walk = Walk::new(tenant, anchor, known);
    if let Some(fault) = walk.begin(anchor) {
        return Ok(fault);
    }
    let end = head.as_ref().map_or(0, |it| it.seq);
    while walk.next <= end {
        let page = store::audit::list_chain(store.read(), tenant, walk.next - 1, MAX_PAGE).await?;
        for row in page.items.iter().take_while(|it| it.seq <= end) {
            if let Some(fault) = walk.step(row) {
                return Ok(fault);
            }
        }
        if !page.has_next {
            break;
        }
    }
    if let Some(fault) = walk.end(head.as_ref()) {
        return Ok(fault);
    }
    if let Some(seq) = surplus(store, tenant, end).await? {
        return Ok(Verdict::Broken { seq, fault: Fault::Surplus });
    }
    Ok(Verdict::Intact { head })
}

/// The first row past the end, unless the chain has grown since: the rows are looked at before the end is.
async fn surplus(store: &Store, tenant: TenantId, end: i64) -> store::Result<Option<i64>> {
    let beyond = store::audit::list_chain(store.read(), tenant, end, MAX_PAGE).await?;
    let Some(last) = beyond.items.last() else { return Ok(None) };
    let end_now = store::audit::head(store.read(), tenant).await?.map_or(0, |it| it.seq);
    Ok((last.seq > end_now).then(|| beyond.items.iter().map(|it| it.seq).find(|it| *it > end_now)).flatten())
}

struct Walk<'a> {
    next: i64,
    prev_hash: String,
    known: Option<&'a Head>,
}

impl<'a> Walk<'a> {
    fn new(tenant: TenantId, anchor: Option<&Head>, known: Option<&'a Head>) -> Self {
        match anchor {
            Some(anchor) => Self { next: anchor.seq + 1, prev_hash: anchor.hash.clone(), known },
            None => Self { next: 1, prev_hash: canonical::genesis(tenant), known },
        }
    }

    /// The anchor itself may be what was known.
    fn begin(&self, anchor: Option<&Head>) -> Option<Verdict> {
        let replaced = anchor.zip(self.known).filter(|(at, known)| at.seq == known.seq && at.hash != known.hash);
        replaced.map(|(anchor, _)| Verdict::Broken { seq: anchor.seq, fault: Fault::Replaced })
    }

    fn step(&mut self, row: &AuditEvent) -> Option<Verdict> {
        let fault = if row.seq != self.next {
            Fault::Missing
        } else if row.prev_hash != self.prev_hash {
            Fault::Unlinked
        } else if canonical::hash(row) != row.hash {
            Fault::Changed
        } else if self.known.is_some_and(|it| it.seq == row.seq && it.hash != row.hash) {
            Fault::Replaced
        } else {
            self.next += 1;
            self.prev_hash.clone_from(&row.hash);
            return None;
        };
        Some(Verdict::Broken { seq: self.next, fault })
    }

    fn end(&self, head: Option<&Head>) -> Option<Verdict> {
        let last = self.next - 1;
        let longest = head.map_or(0, |it| it.seq).max(self.known.map_or(0, |it| it.seq));
        if last < longest {
            return Some(Verdict::Broken { seq: self.next, fault: Fault::Missing });
        }
        head.filter(|it| it.hash != self.prev_hash).map(|_| Verdict::Broken { seq: last, fault: Fault::WrongHead })
    }
}
