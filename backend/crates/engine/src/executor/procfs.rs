//! What `/proc` tells about processes.
//!
//! All of it may be gone the moment after it was read: a process that vanishes is no error here, it is just not there.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};

use rustix::process::{Pid, getpid};

/// The environment variable that marks every process of an attempt; children inherit it.
pub(super) const MARKER: &str = "ALMANAC_ATTEMPT_ID";

/// A line of the process table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) pid: i32,
    pub(super) parent: i32,
    pub(super) group: i32,
    pub(super) session: i32,
    /// Ended, and waits for its parent to take notice.
    pub(super) zombie: bool,
    /// Halted by a signal.
    pub(super) halted: bool,
}

/// The state of one process.
pub(super) fn stat(pid: i32) -> Option<Stat> {
    let text = read_start::<512>(&format!("/proc/{pid}/stat"))?;
    parse_stat(&String::from_utf8_lossy(&text))
}

fn parse_stat(text: &str) -> Option<Stat> {
    let (pid, rest) = text.split_once(' ')?;
    // The name is in parentheses and may hold spaces and parentheses itself.
    let mut fields = rest.get(rest.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?;
    let mut number = || fields.next()?.parse().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    let (zombie, halted) = (matches!(state, "Z" | "X" | "x"), state == "T");
    Some(Stat { pid: pid.parse().ok()?, parent, group, session, zombie, halted })
}

/// All processes.
pub(super) fn table() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(stat).collect()
}

/// The attempt's mark in a process's environment.
pub(super) fn marker(pid: i32) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let entries = environment.split(|byte| *byte == 0);
    let value = entries.filter_map(|entry| entry.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"=")).next()?;
    String::from_utf8(value.to_vec()).ok()
}

/// The children of a process that one of its threads is the parent of.
pub(super) fn children(pid: i32, thread: i32) -> io::Result<Vec<i32>> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/children"))?;
    Ok(text.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect())
}

/// The orphans that this process has inherited as their subreaper.
///
/// The kernel gives them to the main thread. Children that the main thread started itself are told apart by their
/// session: those of attempts never have ours.
pub(super) fn adopted() -> io::Result<Vec<Stat>> {
    let me = getpid().as_raw_nonzero().get();
    let children = children(me, me)?;
    if children.is_empty() {
        return Ok(Vec::new());
    }
    let session = stat(me).map_or(0, |stat| stat.session);
    Ok(children.into_iter().filter_map(stat).filter(|child| child.session != session).collect())
}

/// The largest peak of resident memory among a process and its descendants, in KiB.
pub(super) fn peak_rss_kb(pid: i32) -> Option<i64> {
    /// A tree larger than this is not looked at whole: the sample must stay cheap.
    const MOST: usize = 64;
    let mut seen = HashSet::from([pid]);
    let mut next = vec![pid];
    let mut peak = None;
    while let Some(pid) = next.pop() {
        peak = peak.max(own_peak_kb(pid));
        let children = children(pid, pid).unwrap_or_default();
        next.extend(children.into_iter().filter(|child| seen.len() < MOST && seen.insert(*child)));
    }
    peak
}

fn own_peak_kb(pid: i32) -> Option<i64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The open files beyond the usual three that a started process would get: those that whoever started this one has
/// left open.
pub(super) fn open_across_exec() -> io::Result<Vec<i32>> {
    const CLOSES_ON_EXEC: u32 = rustix::fs::OFlags::CLOEXEC.bits();
    let is_kept = |fd: &i32| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
        flags.is_some_and(|flags| flags & CLOSES_ON_EXEC == 0)
    };
    let fds = fs::read_dir("/proc/self/fd")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(fds.filter(|fd| *fd > 2).filter(is_kept).collect())
}

/// Reads at most `N` bytes of a small file.
fn read_start<const N: usize>(path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(N);
    fs::File::open(path).ok()?.take(N as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A positive number as the id of a process.
pub(super) fn pid(raw: i32) -> Option<Pid> {
    if raw > 0 { Pid::from_raw(raw) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_this_process() {
        let me = std::process::id() as i32;
        let found = table().into_iter().find(|stat| stat.pid == me).expect("this process");
        assert!(!found.zombie && found.parent == std::os::unix::process::parent_id() as i32);
        assert!(peak_rss_kb(me).expect("a living process") > 100);
    }

    #[test]
    fn names_of_processes_do_not_confuse() {
        let stat = parse_stat("7 (a) Z (b c) S 1 2 3 0 -1").expect("a line");
        assert_eq!(stat, Stat { pid: 7, parent: 1, group: 2, session: 3, zombie: false, halted: false });
        assert!(parse_stat("8 (x) Z 1 8 8 0").expect("a line").zombie);
        assert!(parse_stat("8 (x) T 1 8 8 0").expect("a line").halted);
        assert_eq!(parse_stat("garbage"), None);
    }

    #[test]
    fn a_process_that_is_not_there_is_no_error() {
        assert_eq!(stat(i32::MAX), None);
        assert_eq!(marker(i32::MAX), None);
        assert_eq!(peak_rss_kb(i32::MAX), None);
    }
}
