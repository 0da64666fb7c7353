//! The difference of two texts by lines, for comparing versions.

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// In both; the number is the one in the new text.
    Same(usize, String),
    /// Only in the old text, with its number there.
    Gone(usize, String),
    /// Only in the new text, with its number there.
    New(usize, String),
    /// Unchanged lines that are folded away.
    Folded(usize),
}

/// Unchanged lines that stay visible around a change.
const CONTEXT: usize = 3;

/// Beyond this many pairs of lines the middle is shown as replaced: the table of the comparison would be too large.
const MAX_CELLS: usize = 4_000_000;

/// Compares line by line, by the longest common subsequence.
pub fn lines(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(one, other)| one == other).count();
    let (old_mid, new_mid) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut result: Vec<Line> = (0..head).map(|at| Line::Same(at + 1, new[at].to_owned())).collect();
    middle(old_mid, new_mid, head, &mut result);
    result.extend((new.len() - tail..new.len()).map(|at| Line::Same(at + 1, new[at].to_owned())));
    fold(result)
}

fn middle(old: &[&str], new: &[&str], base: usize, result: &mut Vec<Line>) {
    let width = new.len() + 1;
    let small = old.len().saturating_mul(new.len()) <= MAX_CELLS;
    // common[i * width + j]: the length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![0u32; if small { (old.len() + 1) * width } else { 0 }];
    if small {
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                common[i * width + j] = if old[i] == new[j] {
                    common[(i + 1) * width + j + 1] + 1
                } else {
                    common[(i + 1) * width + j].max(common[i * width + j + 1])
                };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] && small {
            result.push(Line::Same(base + j + 1, new[j].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len()
            && (j == new.len() || !small || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            result.push(Line::Gone(base + i + 1, old[i].to_owned()));
            i += 1;
        } else {
            result.push(Line::New(base + j + 1, new[j].to_owned()));
            j += 1;
        }
    }
}

fn fold(lines: Vec<Line>) -> Vec<Line> {
    let near: Vec<bool> = (0..lines.len())
        .map(|at| {
            let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
            around.iter().any(|line| !matches!(line, Line::Same(..)))
        })
        .collect();
    let mut result = Vec::new();
    for (line, near) in lines.into_iter().zip(near) {
        match (near, result.last_mut()) {
            (true, _) => result.push(line),
            (false, Some(Line::Folded(count))) => *count += 1,
            (false, _) => result.push(Line::Folded(1)),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(old: &str, new: &str) -> String {
        let mark = |line: &Line| match line {
            Line::Same(..) => "=".to_owned(),
            Line::Gone(_, text) => format!("-{text}"),
            Line::New(_, text) => format!("+{text}"),
            Line::Folded(count) => format!("({count})"),
        };
        lines(old, new).iter().map(mark).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn changes_stand_among_what_stayed() {
        assert_eq!(marks("a\nb\nc", "a\nx\nc"), "= -b +x =");
        assert_eq!(marks("a\nb", "a\nb\nc"), "= = +c");
        assert_eq!(marks("a\nb\nc\nd", "b\nd"), "-a = -c =");
    }

    #[test]
    fn what_is_far_from_a_change_is_folded() {
        let old = "1\n2\n3\n4\n5\n6";
        assert_eq!(marks(old, &format!("{old}\n7")), "(3) = = = +7");
        assert_eq!(marks(old, old), "(6)");
    }
}
