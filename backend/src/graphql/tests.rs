//! The schema as clients know it.

/// Clients are compiled against the file; a change of the API is a change of the file, to be seen in its diff.
#[test]
fn the_schema_in_the_repository_is_that_of_the_code() {
    let file = include_str!("../../../frontend/schema.graphql");
    assert_eq!(super::sdl(), file, "run `cargo xtask schema`");
}

/// What stands in the schema is what users read in GraphiQL and in generated code.
#[test]
fn every_type_says_what_it_is() {
    let sdl = super::sdl();
    let lines: Vec<&str> = sdl.lines().collect();
    let silent: Vec<&str> = lines
        .windows(2)
        .filter(|pair| {
            ["type ", "input ", "enum ", "interface ", "scalar "].iter().any(|kind| pair[1].starts_with(kind))
        })
        .filter(|pair| !pair[0].ends_with('"'))
        .map(|pair| pair[1])
        // The library's generic pages say nothing of themselves.
        .filter(|line| !line.contains("Connection ") && !line.contains("Connection{"))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
