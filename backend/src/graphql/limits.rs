//! Depth and cost of a query, as validation measures them, against what is allowed.

use std::sync::Arc;

use async_graphql::{
    ServerError, ValidationResult,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};
use domain::error::Lang;

use super::{
    context::Operation,
    document::{too_costly, too_deep},
};
use crate::config::section::GraphqlConfig;

/// Assumed size of a list whose page size is not given.
const DEFAULT_PAGE: usize = 50;

/// Cost of a page: each item costs what is asked of it, and the page itself one.
pub(crate) fn page_cost(first: Option<i32>, child: usize) -> usize {
    let items = first.map_or(DEFAULT_PAGE, |first| usize::try_from(first).unwrap_or(0));
    items.saturating_mul(child.max(1)).saturating_add(1)
}

/// Makes the limiter of each request.
#[derive(Debug, Clone)]
pub(crate) struct Limits(pub(crate) GraphqlConfig);

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Limiter { max_depth: self.0.max_depth, max_cost: self.0.max_cost })
    }
}

struct Limiter {
    max_depth: usize,
    max_cost: usize,
}

#[async_trait::async_trait]
impl Extension for Limiter {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let lang = ctx.data_opt::<Operation>().map_or(Lang::default(), |operation| operation.lang);
        if result.depth > self.max_depth {
            return Err(vec![too_deep(lang, self.max_depth)]);
        }
        if result.complexity > self.max_cost {
            return Err(vec![too_costly(lang, "points of cost", "点代价", result.complexity, self.max_cost)]);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_costs_its_size_times_its_items() {
        assert_eq!(page_cost(Some(10), 3), 31);
        assert_eq!(page_cost(None, 2), 101);
        assert_eq!(page_cost(Some(-5), 2), 1);
        assert_eq!(page_cost(Some(i32::MAX), usize::MAX), usize::MAX);
    }
}
