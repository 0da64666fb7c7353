//! Making, changing and taking away limits.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use domain::id::TenantId;
use service::{
    Error,
    limit::{Change, NewLimit, Row, Usage},
};

use crate::graphql::{context::Ask as _, error::UserError, id, limit::Limit};

/// A limit to be made.
#[derive(Debug, InputObject)]
pub(crate) struct CreateLimitInput {
    tenant: ID,
    /// Its name in documents: lower-case letters, digits, - and _.
    name: String,
    /// Its slots; with 0 all that needs it waits.
    slots: i32,
    /// What it is for.
    note: Option<String>,
}

/// Changes of a limit; what is absent stays.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateLimitInput {
    tenant: ID,
    /// Which one.
    name: String,
    /// Its slots. What runs keeps what it has, also beyond them.
    slots: Option<i32>,
    /// What it is for; null takes the note away.
    note: MaybeUndefined<String>,
    /// Why; audited.
    reason: String,
}

/// A limit to be taken away.
#[derive(Debug, InputObject)]
pub(crate) struct DeleteLimitInput {
    tenant: ID,
    /// Which one.
    name: String,
    /// Why; audited.
    reason: String,
}

/// The limit, or why there is none.
#[derive(Debug, SimpleObject)]
pub(crate) struct CreateLimitPayload {
    limit: Option<Limit>,
    user_errors: Vec<UserError>,
}

/// The limit, or why nothing changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct UpdateLimitPayload {
    limit: Option<Limit>,
    user_errors: Vec<UserError>,
}

/// Why the limit is still there, if it is.
#[derive(Debug, SimpleObject)]
pub(crate) struct DeleteLimitPayload {
    user_errors: Vec<UserError>,
}

/// Fields of the mutation root.
#[derive(Debug, Default)]
pub(crate) struct LimitMutation;

#[Object]
impl LimitMutation {
    /// Makes a limit: tasks of the tenant that name it share its slots.
    async fn create_limit(&self, ctx: &Context<'_>, input: CreateLimitInput) -> Result<CreateLimitPayload> {
        let made = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            let new = NewLimit { tenant, name: input.name, slots: slots(input.slots), note: input.note };
            let row = service::limit::create(ctx.services(), &ctx.op(), new).await?;
            standing(ctx, tenant, row).await
        };
        let (limit, user_errors) = ctx.settle(made.await)?;
        Ok(CreateLimitPayload { limit: limit.map(Limit), user_errors })
    }

    /// Changes a limit. What waits for it is looked at anew; nothing that runs is ended.
    async fn update_limit(&self, ctx: &Context<'_>, input: UpdateLimitInput) -> Result<UpdateLimitPayload> {
        let changed = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            let note = match input.note {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(note) => Some(Some(note)),
            };
            let change = Change { slots: input.slots.map(slots), note };
            let key = (tenant, input.name.as_str());
            let row = service::limit::update(ctx.services(), &ctx.op(), key, change, &input.reason).await?;
            standing(ctx, tenant, row).await
        };
        let (limit, user_errors) = ctx.settle(changed.await)?;
        Ok(UpdateLimitPayload { limit: limit.map(Limit), user_errors })
    }

    /// Takes a limit away. Tasks that name it wait until there is one of this name again.
    async fn delete_limit(&self, ctx: &Context<'_>, input: DeleteLimitInput) -> Result<DeleteLimitPayload> {
        let deleted = async {
            let tenant = id::tenant(&input.tenant, "tenant")?;
            service::limit::delete(ctx.services(), &ctx.op(), (tenant, &input.name), &input.reason).await
        };
        let (_, user_errors) = ctx.settle(deleted.await)?;
        Ok(DeleteLimitPayload { user_errors })
    }
}

/// What no limit can have is refused by its bounds.
fn slots(slots: i32) -> u32 {
    u32::try_from(slots).unwrap_or(u32::MAX)
}

/// How a limit stands after its change.
async fn standing(ctx: &Context<'_>, tenant: TenantId, row: Row) -> Result<Usage, Error> {
    let all = service::limit::list(ctx.services(), &ctx.op(), tenant).await?;
    let found = all.into_iter().find(|usage| usage.row.name == row.name);
    Ok(found.unwrap_or(Usage { row, used: 0, waiting: 0 }))
}
