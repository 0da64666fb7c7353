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

/// Tools begin by reading the schema, with a query of their own that nests deeper than any other.
#[tokio::test]
async fn the_usual_introspection_passes_the_limits() {
    use async_graphql::{Request, Schema};

    use crate::config::{Config, Sources};

    let config = Config::load(Sources::default()).expect("the defaults").graphql;
    let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }} \
         types {{ ...FullType }} directives {{ name locations args {{ ...Value }} }} }} }} \
         fragment FullType on __Type {{ kind name description fields(includeDeprecated: true) {{ name \
         args {{ ...Value }} type {{ ...Ref }} isDeprecated }} inputFields {{ ...Value }} interfaces {{ ...Ref }} \
         enumValues(includeDeprecated: true) {{ name }} possibleTypes {{ ...Ref }} }} \
         fragment Value on __InputValue {{ name type {{ ...Ref }} defaultValue }} \
         fragment Ref on __Type {{ {of_type} }}"
    );
    let mut request = Request::new(query);
    super::document::check(&mut request, &config, domain::error::Lang::En).expect("within the limits of the text");
    let schema = Schema::build(super::Query::default(), super::Mutation::default(), super::Subscription::default());
    let response = schema.extension(super::Limits(config)).finish().execute(request).await;
    assert_eq!(response.errors, []);
}
