//! Hashing and checking.

use super::*;

fn passwords() -> Passwords {
    Passwords::new(Cost { memory_kib: 64, passes: 1, parallel: 1 }).unwrap()
}

#[tokio::test]
async fn the_right_password_matches_its_hash_and_no_other() {
    let passwords = passwords();
    let hash = passwords.hash(&Password::new("right")).await.unwrap();
    assert!(hash.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.0);
    assert!(passwords.verify(Some(&hash), &Password::new("right")).await.unwrap());
    assert!(!passwords.verify(Some(&hash), &Password::new("wrong")).await.unwrap());
    assert_ne!(hash, passwords.hash(&Password::new("right")).await.unwrap(), "the salt differs");
}

#[tokio::test]
async fn without_a_hash_nothing_matches() {
    let passwords = passwords();
    assert!(!passwords.verify(None, &Password::new("any")).await.unwrap());
    assert!(passwords.decoy.initialized(), "a decoy was checked, so that it takes as long");
}

#[tokio::test]
async fn a_hash_made_at_another_cost_still_matches() {
    let cheap = passwords().hash(&Password::new("right")).await.unwrap();
    let dear = Passwords::new(Cost { memory_kib: 128, passes: 2, parallel: 1 }).unwrap();
    assert!(dear.verify(Some(&cheap), &Password::new("right")).await.unwrap());
}

#[tokio::test]
async fn a_text_too_long_to_hash_is_wrong() {
    let passwords = passwords();
    let long = Password::new("x".repeat(LENGTH_MAX + 1));
    let hash = passwords.hash(&long).await.unwrap();
    assert!(!passwords.verify(Some(&hash), &long).await.unwrap());
}

#[tokio::test]
async fn a_storm_of_checks_is_sent_away() {
    let passwords = passwords();
    let _all = passwords.queue.try_acquire_many(QUEUE_MAX as u32 + 1).unwrap();
    let refused = passwords.verify(None, &Password::new("any")).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RateLimited);
}

#[test]
fn a_password_does_not_show_itself() {
    assert_eq!(format!("{:?}", Password::new("hidden")), "Password(…)");
}
