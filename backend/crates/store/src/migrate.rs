//! Brings the schema up to date.

use migration::MigratorTrait;

use crate::{Result, Store};

impl Store {
    /// Applies what is missing of the schema.
    pub async fn migrate(&self) -> Result<()> {
        migration::Migrator::up(&self.inner.writer, None).await?;
        self.inner.ids.set_tag(0, 0);
        Ok(())
    }

    /// Closes the connections; statements in progress end first.
    pub async fn close(&self) -> Result<()> {
        self.inner.reader.close_by_ref().await?;
        self.inner.writer.close_by_ref().await?;
        Ok(())
    }
}
