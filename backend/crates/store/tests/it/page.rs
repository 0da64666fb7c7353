//! Pages by key: every row once, in order, with ties, in both directions.

use entity::project;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use store::page::{Direction, after, decode_cursor, encode_cursor, fetch_limit};
use store::testing::TestDb;
use store::{Conn, Error, Page};

conformance!(every_row_comes_once_with_ties);

const ROWS: i64 = 23;

/// Seven titles for 23 rows, so that most keys begin alike.
async fn make(db: &TestDb) {
    let made = db
        .store
        .write(|tx| {
            Box::pin(async move {
                let rows = (0..ROWS).map(|id| project::ActiveModel {
                    tenant_id: Set(1),
                    id: Set(id),
                    slug: Set(format!("p{id}")),
                    title: Set(format!("title {}", id % 7)),
                    created_ms: Set(1),
                    archived_ms: Set(None),
                    revision: Set(1),
                    params_json: Set(None),
                });
                project::Entity::insert_many(rows).exec_without_returning(tx).await?;
                Ok::<_, Error>(())
            })
        })
        .await;
    made.unwrap();
}

async fn list(conn: &impl Conn, direction: Direction, cursor: Option<&str>, limit: u64) -> Page<project::Model> {
    let mut query = project::Entity::find().filter(project::Column::TenantId.eq(1_i64));
    if let Some(cursor) = cursor {
        let (title, id): (String, i64) = decode_cursor(cursor).unwrap();
        let key = [(project::Column::Title, sea_orm::Value::from(title)), (project::Column::Id, id.into())];
        query = query.filter(after(direction, key));
    }
    let query = query
        .order_by(project::Column::Title, direction.order())
        .order_by(project::Column::Id, direction.order())
        .limit(fetch_limit(limit));
    Page::from_rows(query.all(conn).await.unwrap(), limit)
}

async fn every_row_comes_once_with_ties(db: &TestDb) {
    make(db).await;
    for direction in [Direction::Ascending, Direction::Descending] {
        let mut seen: Vec<(String, i64)> = Vec::new();
        let mut cursor = None;
        loop {
            let page = list(db.store.read(), direction, cursor.as_deref(), 4).await;
            seen.extend(page.items.iter().map(|row| (row.title.clone(), row.id)));
            if !page.has_next {
                break;
            }
            cursor = seen.last().map(encode_cursor);
        }
        let mut expected: Vec<(String, i64)> = (0..ROWS).map(|id| (format!("title {}", id % 7), id)).collect();
        expected.sort();
        if direction == Direction::Descending {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_cursor_that_is_none_of_ours_is_refused() {
    assert_eq!(decode_cursor::<(String, i64)>(&encode_cursor(&("净值", 7))), Some(("净值".to_owned(), 7)));
    for wrong in ["", "x", "zz", "7b", "5b315d", "é", &"00".repeat(5_000)] {
        assert_eq!(decode_cursor::<(String, i64)>(wrong), None, "{wrong}");
    }
}

#[test]
fn limits_are_capped() {
    assert_eq!(fetch_limit(0), 2);
    assert_eq!(fetch_limit(u64::MAX), store::page::MAX_PAGE + 1);
}
