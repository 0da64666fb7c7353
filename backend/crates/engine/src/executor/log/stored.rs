//! Logs in the database.

use async_trait::async_trait;
use domain::id::AttemptKey;
use service::Services;
use store::log::Chunk;

use super::{LogStore, LogStoreError};

#[async_trait]
impl LogStore for Services {
    async fn append(&self, key: AttemptKey, chunks: &[Chunk]) -> Result<(), LogStoreError> {
        Ok(service::log::append(self, key, chunks).await?)
    }
}
