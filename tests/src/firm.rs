//! A server with people, departments and projects in it, made through the API as an administrator would.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Options, Server};

/// The password that every person of the tests chooses.
pub const PASSWORD: &str = "correct horse battery 9";

/// A server and its administrator.
pub struct Firm {
    /// The server.
    pub server: Server,
    /// The administrator of the platform.
    pub admin: Client,
}

/// A tenant with a project in it.
pub struct Department {
    /// Id of the tenant.
    pub tenant: String,
    /// Id of its project `main`.
    pub project: String,
    /// Its administrator.
    pub head: Client,
}

impl Firm {
    /// An empty installation whose administrator has chosen a password.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// The same with options.
    ///
    /// # Panics
    /// When the first start prints no password.
    pub async fn start_with(options: Options) -> Self {
        let server = Server::start(options).await;
        let password = first_password(&server.said());
        let admin = settle(&server.client(), "admin", &password).await;
        Self { server, admin }
    }

    /// A new department with one project, and the person who administers it.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn department(&self, slug: &str, title: &str) -> Department {
        let query = "mutation($input: CreateTenantInput!) { createTenant(input: $input) { tenant { id } userErrors { code message } } }";
        let data = self.admin.ask(query, json!({ "input": { "slug": slug, "title": title } })).await.ok();
        let tenant = id(&data["createTenant"]["tenant"]);
        let head = self.person(&format!("{slug}-head"), &tenant, "TENANT_ADMIN").await;
        let query = "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id } userErrors { code message } } }";
        let input = json!({ "tenant": tenant, "slug": "main", "title": format!("{title} main") });
        let project = id(&head.ask(query, json!({ "input": input })).await.ok()["createProject"]["project"]);
        Department { tenant, project, head }
    }

    /// A new person with one role in one department, signed in.
    pub async fn person(&self, username: &str, tenant: &str, role: &str) -> Client {
        let query = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { oneTimePassword userErrors { code message } } }";
        let input = json!({ "username": username, "displayName": username });
        let data = self.admin.ask(query, json!({ "input": input })).await.ok();
        let password = data["createAccount"]["oneTimePassword"].as_str().expect("a password").to_owned();
        let query = "mutation($input: GrantRoleInput!) { grantRole(input: $input) { userErrors { code message } } }";
        let input = json!({ "account": username, "tenant": tenant, "role": role });
        self.admin.ask(query, json!({ "input": input })).await.ok();
        settle(&self.server.client(), username, &password).await
    }
}

/// Signs in with a one-time password and chooses [`PASSWORD`].
async fn settle(client: &Client, username: &str, password: &str) -> Client {
    let first = client.sign_in(username, password).await;
    let query =
        "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code message } } }";
    let input = json!({ "currentPassword": password, "newPassword": PASSWORD });
    first.ask(query, json!({ "input": input })).await.ok();
    client.sign_in(username, PASSWORD).await
}

/// The one-time password that the first start prints.
fn first_password(said: &str) -> String {
    let words = said.split_once("one-time password:").map(|(_, rest)| rest.split_whitespace());
    let word = words.and_then(|mut words| words.next());
    word.unwrap_or_else(|| panic!("the first start prints a password; it said:\n{said}")).to_owned()
}

fn id(node: &Value) -> String {
    node["id"].as_str().unwrap_or_else(|| panic!("no id in {node}")).to_owned()
}
