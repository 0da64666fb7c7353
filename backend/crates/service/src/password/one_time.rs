//! One-time passwords: made to be typed from a screen or a note.

use rand::{TryRngCore as _, rngs::OsRng};

use super::no_random;
use crate::error::Result;

/// Letters and digits that aren't taken for one another; 32 of them, so that five random bits choose one.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

const GROUPS: usize = 4;
const GROUP: usize = 5;

/// `xxxxx-xxxxx-xxxxx-xxxxx`, 100 random bits.
pub(super) fn make() -> Result<String> {
    let mut random = [0_u8; GROUPS * GROUP];
    OsRng.try_fill_bytes(&mut random).map_err(no_random)?;
    let groups = random.chunks(GROUP).map(|part| part.iter().map(|it| char::from(ALPHABET[usize::from(it % 32)])));
    Ok(groups.map(Iterator::collect::<String>).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_four_groups_and_never_the_same() {
        let (one, other) = (make().expect("random numbers"), make().expect("random numbers"));
        assert_ne!(one, other);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [GROUP; GROUPS]);
        assert!(one.bytes().all(|it| it == b'-' || ALPHABET.contains(&it)), "{one}");
    }
}
