//! Who may import whom, where Cargo can't say it: within the `backend` package, and a part of a crate only.

use super::{none, sources};

/// Code in `room` must not name `path`, unless what follows it is one of `except`.
struct Wall {
    room: &'static str,
    path: &'static str,
    except: &'static [&'static str],
    why: &'static str,
}

const WALLS: [Wall; 9] = [
    Wall { room: "backend/src/graphql", path: "store::", except: &[], why: "a resolver calls one service function" },
    Wall { room: "backend/src/http", path: "store::", except: &[], why: "the web server asks the services" },
    Wall { room: "backend/src/auth", path: "store::", except: &[], why: "sign-in is a use case of service" },
    Wall {
        room: "backend/src/graphql",
        path: "engine::",
        except: ENGINE,
        why: "the API sees the engine's status only",
    },
    Wall {
        room: "backend/src/http",
        path: "engine::",
        except: ENGINE,
        why: "the web server sees the engine's status only",
    },
    Wall {
        room: "backend/src/auth",
        path: "engine::",
        except: &["general_purpose"],
        why: "sign-in has nothing to do with the engine",
    },
    Wall { room: "backend/src", path: "migration::", except: &[], why: "the store migrates" },
    Wall { room: "backend/src", path: "entity::", except: &[], why: "tables are the store's" },
    Wall { room: "backend/crates/domain/src", path: "std::fs", except: &[], why: "the domain is pure" },
];

// The first is no engine of ours: it is a path of base64.
const ENGINE: &[&str] = &["general_purpose", "Handle", "EngineHandle", "Status", "status::", "hint::", "Hints"];

#[test]
fn rooms_import_what_they_may() {
    let mut found = Vec::new();
    for file in sources().into_iter().filter(|file| !file.is_test()) {
        for wall in WALLS.iter().filter(|wall| file.is_in(wall.room)) {
            for (number, line) in file.code().filter(|(_, line)| crosses(line, wall)) {
                found.push(format!("{}:{number}: {} ({})", file.path, line.trim(), wall.why));
            }
        }
    }
    none(&found, "an import goes through a wall of docs/ARCHITECTURE.md");
}

/// Whether a line names the path as a crate: at the start of a path, not as the end of a longer one.
fn crosses(line: &str, wall: &Wall) -> bool {
    line.match_indices(wall.path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let starts = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        let after = &line[at + wall.path.len()..];
        starts && !wall.except.iter().any(|name| after.starts_with(name))
    })
}

#[test]
fn a_wall_looks_at_whole_names() {
    let wall = &WALLS[0];
    assert!(crosses("use store::Store;", wall));
    assert!(crosses("    let s = store::run::find(x);", wall));
    assert!(!crosses("use service::store::Kept;", wall));
    assert!(!crosses("    restore::all();", wall));
}
