//! The table of who may do what is the one that people have reviewed.

use std::path::PathBuf;

/// A right that is added or moved shows as a changed line of this file in the review. To take a wanted change over, run
/// with `ALMANAC_BLESS=1`.
#[tokio::test]
async fn the_matrix_is_as_reviewed() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/it/security/authz_matrix.txt");
    let printed = service::authz::matrix::print().await;
    if blessed() {
        std::fs::write(&path, &printed).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    assert!(printed == reviewed, "{} is not what the enforcer does; see the test's comment", path.display());
}

#[expect(clippy::disallowed_methods, reason = "a switch of whoever runs the tests, not a setting of the product")]
fn blessed() -> bool {
    std::env::var("ALMANAC_BLESS").is_ok_and(|it| it == "1")
}
