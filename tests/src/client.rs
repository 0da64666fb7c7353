//! A client of the GraphQL API over HTTP, as one person.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// Asks as one person, or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    token: Option<String>,
    cookie: Arc<Mutex<Option<String>>>,
}

/// What came back: data, errors, or both.
#[derive(Debug)]
pub struct Answer {
    /// The data; null when there is none.
    pub data: Value,
    /// The errors' objects.
    pub errors: Vec<Value>,
}

impl Answer {
    /// The data of an answer without errors.
    ///
    /// # Panics
    /// When there are errors, at the top or as the user errors of a payload.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.errors.is_empty(), "the API answered with errors: {:#}", Value::from(self.errors));
        for (field, payload) in self.data.as_object().into_iter().flatten() {
            for list in ["userErrors", "problems"] {
                let found = payload.get(list).and_then(Value::as_array);
                assert!(found.is_none_or(Vec::is_empty), "{field} answered with {list}: {payload:#}");
            }
        }
        self.data
    }

    /// The codes of everything that was refused.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        let top = self.errors.iter().map(|error| &error["extensions"]["code"]);
        let payloads = self.data.as_object().into_iter().flatten().map(|(_, payload)| payload);
        let expected = payloads.filter_map(|payload| payload.get("userErrors")?.as_array()).flatten();
        let codes = top.chain(expected.map(|error| &error["code"]));
        codes.map(|code| code.as_str().unwrap_or("(none)").to_owned()).collect()
    }
}

impl Client {
    /// A client that is not signed in.
    ///
    /// # Panics
    /// When the HTTP library can't start.
    #[must_use]
    pub fn anonymous(address: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client needs nothing");
        Self { http, address: address.to_owned(), token: None, cookie: Arc::default() }
    }

    /// The same server, signed in.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn sign_in(&self, username: &str, password: &str) -> Self {
        let query =
            "mutation($input: SignInInput!) { signIn(input: $input) { accessToken userErrors { code message } } }";
        // A browser of its own, with its own cookies.
        let mut person = Self { cookie: Arc::default(), token: None, ..self.clone() };
        let answer = person.ask(query, json!({ "input": { "username": username, "password": password } })).await.ok();
        person.token = answer["signIn"]["accessToken"].as_str().map(str::to_owned);
        assert!(person.token.is_some(), "a successful sign-in gives a token: {answer}");
        person
    }

    /// The same person at another server of the cluster.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), cookie: Arc::default(), ..self.clone() }
    }

    /// Where the server answers, such as `http://127.0.0.1:8650`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The access token of the person who is signed in.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Sends one operation.
    ///
    /// # Panics
    /// When the server does not answer GraphQL.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        match self.try_ask(query, variables).await {
            Ok(answer) => answer,
            Err(error) => panic!("asking {}: {error:?}", self.address),
        }
    }

    /// Sends one operation to a server that may be gone.
    ///
    /// # Errors
    /// When it does not answer, or not in GraphQL.
    pub async fn try_ask(&self, query: &str, variables: Value) -> reqwest::Result<Answer> {
        let body = json!({ "query": query, "variables": variables });
        let mut request = self.http.post(format!("{}/graphql", self.address)).json(&body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(cookie) = &*self.cookie() {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await?;
        if let Some(set) = response.headers().get("set-cookie").and_then(|it| it.to_str().ok()) {
            *self.cookie() = set.split(';').next().map(str::to_owned);
        }
        let mut answer: Value = response.json().await?;
        let errors = answer["errors"].as_array_mut().map(std::mem::take).unwrap_or_default();
        Ok(Answer { data: answer["data"].take(), errors })
    }

    fn cookie(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A plain page of the server: its status and its text.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn page(&self, path: &str) -> reqwest::Result<(u16, String)> {
        let answer = self.http.get(format!("{}{path}", self.address)).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}
