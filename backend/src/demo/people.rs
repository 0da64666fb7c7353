//! The people of the demo firm and their passwords.
//!
//! Passwords are random and made at the first start. They are kept beside the data, readable by the server's user
//! only, so that later starts can tell them again. An account is given a new password when the file does not know it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use domain::access::Role;
use domain::id::TenantId;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use service::account::{self, Issued, NewAccount};
use service::ctx::{Actor, OpCtx};
use service::password::Password;
use service::{Services, role, tenant};

use super::firm::Department;
use super::{Error, failed};

/// Somebody who can sign in to the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The name to type.
    pub username: String,
    /// The password to type; whether the person has changed it since is not known here.
    pub password: String,
    /// What the account is for.
    pub about: String,
}

/// The one who sees every department: the account to begin with.
const DUTY: &str = "duty";

pub(super) struct People<'a> {
    services: &'a Services,
    ctx: &'a OpCtx,
    file: PathBuf,
    known: BTreeMap<String, String>,
    sign_ins: Vec<SignIn>,
}

impl<'a> People<'a> {
    /// Reads the passwords of earlier starts.
    pub(super) fn open(services: &'a Services, ctx: &'a OpCtx, home: &Path) -> Result<Self, Error> {
        let file = home.join("sign-in.txt");
        let text = match fs::read_to_string(&file) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| Error::File { path: file.clone(), source })?,
        };
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let known = lines.map(|(name, password)| (name.to_owned(), password.to_owned())).collect();
        Ok(Self { services, ctx, file, known, sign_ins: Vec::new() })
    }

    /// The administrator of the platform, when this start or an earlier one of the demo made it.
    pub(super) async fn administrator(&mut self, first: Option<&Issued>) -> Result<(), Error> {
        if let Some(issued) = first {
            self.settle(issued).await?;
        }
        self.tell(account::FIRST_ADMINISTRATOR, "runs the platform; sees no department's data");
        Ok(())
    }

    /// One administrator for each department, and one person on duty for all of them.
    pub(super) async fn of_departments(&mut self, departments: &[Department]) -> Result<(), Error> {
        self.person(DUTY, "值班 Duty desk").await?;
        // An exchange that closes in the morning is met by whoever is on duty.
        self.grant(DUTY, TenantId::PLATFORM, Role::CalendarAdmin).await?;
        for department in departments {
            self.person(department.slug, department.title).await?;
            let found = tenant::find_by_slug(self.services, self.ctx, department.slug).await;
            let tenant = found.map_err(|it| failed(department.slug, it))?.id;
            self.grant(DUTY, tenant, Role::Operator).await?;
            self.grant(department.slug, tenant, Role::TenantAdmin).await?;
        }
        self.tell(DUTY, "watches all four departments: starts, stops and reruns; keeps the firm's calendars");
        for department in departments {
            self.tell(department.slug, &format!("administers {}", department.title));
        }
        Ok(())
    }

    /// The people in the order in which one would try them.
    pub(super) fn into_sign_ins(mut self) -> Vec<SignIn> {
        self.sign_ins.sort_by_key(|it| (it.username != DUTY, it.username == account::FIRST_ADMINISTRATOR));
        self.sign_ins
    }

    async fn person(&mut self, username: &str, display_name: &str) -> Result<(), Error> {
        if self.known.contains_key(username) {
            return Ok(());
        }
        let new = NewAccount { username: username.to_owned(), display_name: display_name.to_owned(), email: None };
        let issued = match account::create(self.services, self.ctx, new).await {
            Err(service::Error::NameTaken { .. }) => self.reset(username).await,
            made => made,
        };
        self.settle(&issued.map_err(|it| failed(username, it))?).await
    }

    /// An account that an interrupted start left without a password that anybody knows.
    async fn reset(&self, username: &str) -> service::Result<Issued> {
        // The page begins with the first name that is not before this one.
        let before = &username[..username.len() - 1];
        let page = account::list(self.services, self.ctx, Some(before), 100).await?;
        let found = page.items.into_iter().find(|it| it.username == username);
        let account = found.ok_or(service::Error::NotFound { kind: "account" })?;
        account::reset_password(self.services, self.ctx, account.id).await
    }

    /// Puts a password of the demo in the place of a one-time password, as its owner would.
    async fn settle(&mut self, issued: &Issued) -> Result<(), Error> {
        let username = &issued.account.username;
        let password = random_password().map_err(|source| Error::File { path: "/dev/urandom".into(), source })?;
        let owner = OpCtx { actor: Actor::from(&issued.account), ..self.ctx.clone() };
        let new = Password::new(password.clone());
        let changed = account::change_password(self.services, &owner, &issued.one_time_password, &new).await;
        changed.map_err(|it| failed(username, it))?;
        self.remember(username, password)
    }

    async fn grant(&self, username: &str, tenant: TenantId, role: Role) -> Result<(), Error> {
        let assignment = role::Assignment { username: username.to_owned(), tenant, role, project: None };
        let granted = role::grant(self.services, self.ctx, &assignment, None).await;
        granted.map(drop).map_err(|it| failed(username, it))
    }

    fn remember(&mut self, username: &str, password: String) -> Result<(), Error> {
        let append = || {
            let mut file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&self.file)?;
            writeln!(file, "{username} {password}")
        };
        append().map_err(|source| Error::File { path: self.file.clone(), source })?;
        self.known.insert(username.to_owned(), password);
        Ok(())
    }

    fn tell(&mut self, username: &str, about: &str) {
        if let Some(password) = self.known.get(username) {
            let (username, password) = (username.to_owned(), password.clone());
            self.sign_ins.push(SignIn { username, password, about: about.to_owned() });
        }
    }
}

/// Four groups of four letters and digits that are told apart on any screen: 78 bits. The last is a digit, since a
/// password without one is refused.
pub(super) fn random_password() -> std::io::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    const DIGITS: &[u8; 8] = b"23456789";
    let mut bytes = [0_u8; 16];
    OsRng.try_fill_bytes(&mut bytes).map_err(std::io::Error::other)?;
    let mut letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    letters[15] = char::from(DIGITS[usize::from(bytes[15] % 8)]);
    Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}
