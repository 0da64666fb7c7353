//! What is written is read back, byte for byte: any character, either case, long texts, binary data.

use entity::{log_chunk, tenant, workflow_version};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use store::Error;
use store::testing::TestDb;

conformance!(
    every_character_comes_back,
    texts_differ_by_case_accent_and_trailing_blank,
    a_text_is_never_cut_off,
    a_megabyte_of_text_comes_back,
    sixty_kilobytes_of_bytes_come_back,
);

fn tenant_row(id: i64, slug: &str, title: &str) -> tenant::ActiveModel {
    tenant::ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        title: Set(title.to_owned()),
        state: Set("active".to_owned()),
        created_ms: Set(i64::MAX),
        revision: Set(1),
        ..Default::default()
    }
}

async fn insert<A>(db: &TestDb, row: A) -> Result<(), Error>
where
    A: sea_orm::ActiveModelTrait + Send + Sync,
{
    let row = &row;
    db.store
        .write(|tx| {
            Box::pin(async move {
                A::Entity::insert(row.clone()).exec_without_returning(tx).await?;
                Ok::<_, Error>(())
            })
        })
        .await
}

async fn every_character_comes_back(db: &TestDb) {
    let title = "净值估值 𠮷野家 😀 \u{7f}\t\r\n '\"`\\ %_ é e\u{301} \u{feff}|";
    insert(db, tenant_row(1, "a", title)).await.unwrap();
    let row =
        tenant::Entity::find().filter(tenant::Column::Title.eq(title)).one(db.store.read()).await.unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.created_ms), (title, i64::MAX));
}

async fn texts_differ_by_case_accent_and_trailing_blank(db: &TestDb) {
    for (id, slug) in (1..).zip(["nav", "NAV", "Nav", "näv"]) {
        insert(db, tenant_row(id, slug, "t")).await.unwrap();
    }
    let found = tenant::Entity::find().filter(tenant::Column::Slug.eq("NAV")).all(db.store.read()).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
    assert!(insert(db, tenant_row(9, "nav", "t")).await.is_err_and(|error| error.is_conflict()));
}

/// A title has 200 characters. SQLite stores a longer one whole, the others refuse it.
async fn a_text_is_never_cut_off(db: &TestDb) {
    insert(db, tenant_row(1, "a", &"净".repeat(200))).await.unwrap();
    let long = "净".repeat(201);
    let result = insert(db, tenant_row(2, "b", &long)).await;
    let stored = tenant::Entity::find_by_id(2_i64).one(db.store.read()).await.unwrap();
    match stored {
        Some(row) => assert!(result.is_ok() && row.title == long),
        None => assert!(result.is_err()),
    }
}

async fn a_megabyte_of_text_comes_back(db: &TestDb) {
    let source = "估值 valuation\n".repeat(70_000);
    assert!(source.len() > 1 << 20);
    let row = workflow_version::ActiveModel {
        tenant_id: Set(1),
        workflow_id: Set(2),
        version: Set(1),
        source: Set(source.clone()),
        spec_json: Set("{}".to_owned()),
        digest: Set("0".repeat(64)),
        note: Set(None),
        created_ms: Set(1),
        created_by: Set(None),
        created_by_name: Set(None),
    };
    insert(db, row).await.unwrap();
    let row = workflow_version::Entity::find_by_id((1, 2, 1)).one(db.store.read()).await.unwrap().unwrap();
    assert!(row.source == source, "{} bytes became {}", source.len(), row.source.len());
}

async fn sixty_kilobytes_of_bytes_come_back(db: &TestDb) {
    let data: Vec<u8> = (0..60 * 1024_u32).map(|i| (i % 251) as u8).collect();
    let row = log_chunk::ActiveModel {
        tenant_id: Set(1),
        run_id: Set(2),
        ordinal: Set(0),
        attempt: Set(1),
        first_offset: Set(0),
        end_offset: Set(100),
        at_ms: Set(1),
        data: Set(data.clone()),
    };
    insert(db, row).await.unwrap();
    let row = log_chunk::Entity::find_by_id((1, 2, 0, 1, 0)).one(db.store.read()).await.unwrap().unwrap();
    assert!(row.data == data);
}
