//! Output of attempts in compressed chunks.
//!
//! The output of an attempt is one stream of bytes; a chunk holds those from `first_offset` to `end_offset`. Chunks
//! are written once, in order, and begin and end at line records, so that each can be read without its neighbours.
//! A gap between two chunks means output that could not be kept; a line in the next chunk says so.

use domain::id::{AttemptKey, RunId, TenantId};
use entity::log_chunk::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use crate::{Conn, Error, Result};

/// Most bytes of the stream in a chunk. Compressed, even noise then fits the 64 KiB of a MySQL BLOB.
pub const CHUNK_BYTES: usize = 48 * 1024;

/// Most chunks in one INSERT; 16 of them stay below 1 MiB, and every server's packet limit is above that.
const INSERT_BATCH: usize = 16;

/// zstd's fastest proper level: logs shrink about eightfold, and higher levels gain little on 48 KiB.
const LEVEL: i32 = 1;

/// A piece of an attempt's output, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where it begins in the attempt's output.
    pub first_offset: i64,
    /// Where the next one begins.
    pub end_offset: i64,
    /// When its first line came.
    pub at_ms: i64,
    /// Whether an earlier try to store it had an unknown end.
    pub may_be_stored: bool,
    data: Vec<u8>,
}

impl Chunk {
    /// Compresses at most [`CHUNK_BYTES`] of output.
    pub fn compress(first_offset: i64, at_ms: i64, raw: &[u8]) -> Self {
        assert!(raw.len() <= CHUNK_BYTES, "the writer cuts its chunks");
        let data = zstd::bulk::compress(raw, LEVEL).expect("the output buffer is as large as zstd asks for");
        Self { first_offset, end_offset: first_offset + raw.len() as i64, at_ms, may_be_stored: false, data }
    }

    /// The output itself.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when the stored bytes are damaged.
    pub fn decompress(&self, key: AttemptKey) -> Result<Vec<u8>> {
        let raw = zstd::bulk::decompress(&self.data, CHUNK_BYTES).unwrap_or_default();
        if raw.len() as i64 == self.end_offset - self.first_offset {
            Ok(raw)
        } else {
            Err(Error::inconsistent("log_chunk", "data", format!("{key} at {}", self.first_offset)))
        }
    }

    /// Bytes that it takes in the database.
    pub fn stored_bytes(&self) -> usize {
        self.data.len()
    }
}

/// Inserts chunks of an attempt; those that may be stored already, if they are not.
///
/// # Errors
/// [`Error::Conflict`] when a chunk is there that should not be: another worker writes the same log.
pub async fn insert(db: &impl Conn, key: AttemptKey, chunks: &[Chunk]) -> Result<()> {
    let stored = if chunks.iter().any(|chunk| chunk.may_be_stored) { offsets(db, key, chunks).await? } else { vec![] };
    let is_new = |chunk: &&Chunk| !(chunk.may_be_stored && stored.contains(&chunk.first_offset));
    let rows: Vec<_> = chunks.iter().filter(is_new).map(|chunk| row(key, chunk)).collect();
    for batch in rows.chunks(INSERT_BATCH) {
        Entity::insert_many(batch.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Where the stored chunks begin, as far as they could be among the given ones.
async fn offsets(db: &impl Conn, key: AttemptKey, chunks: &[Chunk]) -> Result<Vec<i64>> {
    let first = chunks.iter().map(|chunk| chunk.first_offset).min().unwrap_or_default();
    let stored = Entity::find()
        .select_only()
        .column(Column::FirstOffset)
        .filter(of_attempt(key))
        .filter(Column::FirstOffset.gte(first))
        .into_tuple();
    Ok(stored.all(db).await?)
}

/// The chunks that hold the byte at `from` and what follows it, oldest first.
pub async fn list(db: &impl Conn, key: AttemptKey, from: i64, limit: u64) -> Result<Vec<Chunk>> {
    let rows = Entity::find()
        .filter(of_attempt(key))
        // A chunk that holds `from` begins less than a chunk before it: this makes a range of the primary key.
        .filter(Column::FirstOffset.gt(from.saturating_sub(CHUNK_BYTES as i64)))
        .filter(Column::EndOffset.gt(from))
        .order_by_asc(Column::FirstOffset)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(chunk).collect())
}

/// The last chunks that begin before `before`, oldest first.
pub async fn list_last(db: &impl Conn, key: AttemptKey, before: i64, limit: u64) -> Result<Vec<Chunk>> {
    let rows = Entity::find()
        .filter(of_attempt(key))
        .filter(Column::FirstOffset.lt(before))
        .order_by_desc(Column::FirstOffset)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().rev().map(chunk).collect())
}

/// Deletes the output of all attempts of a run.
pub async fn delete(db: &impl Conn, tenant: TenantId, run: RunId) -> Result<u64> {
    let deleted =
        Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).filter(Column::RunId.eq(run.0)).exec(db).await?;
    Ok(deleted.rows_affected)
}

fn of_attempt(key: AttemptKey) -> Condition {
    Condition::all()
        .add(Column::TenantId.eq(key.tenant.0))
        .add(Column::RunId.eq(key.run.0))
        .add(Column::Ordinal.eq(key.ordinal))
        .add(Column::Attempt.eq(key.number))
}

fn row(key: AttemptKey, chunk: &Chunk) -> ActiveModel {
    Model {
        tenant_id: key.tenant.0,
        run_id: key.run.0,
        ordinal: key.ordinal,
        attempt: key.number,
        first_offset: chunk.first_offset,
        end_offset: chunk.end_offset,
        at_ms: chunk.at_ms,
        data: chunk.data.clone(),
    }
    .into_active_model()
}

fn chunk(row: Model) -> Chunk {
    Chunk {
        first_offset: row.first_offset,
        end_offset: row.end_offset,
        at_ms: row.at_ms,
        may_be_stored: true,
        data: row.data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: AttemptKey = AttemptKey { tenant: TenantId(1), run: RunId(2), ordinal: 0, number: 1 };

    #[test]
    fn a_chunk_gives_back_what_it_was_made_of() {
        // A cheap generator of noise, which does not compress.
        let noise: Vec<u8> = (0_u32..CHUNK_BYTES as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for raw in [&b""[..], b"1 O hello\n", &vec![b'x'; CHUNK_BYTES], &noise] {
            let chunk = Chunk::compress(100, 1, raw);
            assert_eq!(chunk.end_offset, 100 + raw.len() as i64);
            assert!(chunk.stored_bytes() < 65_535, "fits a BLOB of the MySQL family");
            assert_eq!(chunk.decompress(KEY).expect("whole"), raw);
        }
    }

    #[test]
    fn a_damaged_chunk_is_told_apart_from_an_empty_one() {
        let mut chunk = Chunk::compress(0, 1, b"1 O hello\n");
        chunk.data.truncate(6);
        assert!(matches!(chunk.decompress(KEY), Err(Error::Inconsistent { .. })));
    }
}
