//! What a former life of a node has left.

use std::fs;
use std::process::{Child, Command, Stdio};

use super::lab::{Lab, within};
use crate::executor::{NodeMark, Orphans, procfs};

fn left_by(mark: Option<&str>) -> Child {
    let mut command = Command::new("/usr/bin/sleep");
    command.arg("1000").stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(mark) = mark {
        command.env(procfs::MARKER, mark);
    }
    command.spawn().expect("started")
}

#[tokio::test]
async fn processes_of_a_former_life_are_killed_and_no_others() {
    for lab in Lab::both() {
        let NodeMark { node, incarnation } = lab.node;
        let mut former = left_by(Some(&format!("{node}-{}-1-0-1-1", incarnation - 1)));
        let mut others = [
            left_by(Some(&format!("{node}-{incarnation}-1-0-1-1"))),
            left_by(Some(&format!("{}-{}-1-0-1-1", node + 500, incarnation - 1))),
            left_by(None),
        ];
        let room = lab.rooms().join(format!("{}-1", incarnation - 1));
        fs::create_dir(&room).expect("created");
        assert_eq!(within(lab.host.kill_orphans()).await, Orphans { killed: 1, remaining: 0 });
        assert!(!former.wait().expect("ours").success());
        for other in &mut others {
            assert_eq!(other.try_wait().expect("ours"), None);
            other.kill().expect("lives");
            other.wait().expect("ours");
        }
        assert!(!room.exists());
        assert_eq!(within(lab.host.kill_orphans()).await, Orphans::default());
    }
}

#[tokio::test]
async fn what_is_left_in_a_control_group_is_killed_without_a_mark() {
    let lab = Lab::new(true);
    let Some(groups) = lab.host.groups() else { return };
    let mut former = left_by(None);
    let leaf = groups.leaf(&format!("{}-1-1-0-1-1", lab.node.node)).expect("made");
    leaf.add(former.id() as i32).expect("moved");
    assert_eq!(within(lab.host.kill_orphans()).await, Orphans { killed: 1, remaining: 0 });
    assert!(!former.wait().expect("ours").success());
    assert!(groups.leaves().is_empty());
}
