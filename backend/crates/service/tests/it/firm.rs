//! A small firm to test on: a platform administrator, two departments with a project each, and people with roles.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    access::Role,
    id::{ProjectId, SessionId, TenantId},
};
use service::{
    Actor, Channel, OpCtx, ServiceConfig, Services,
    account::{self, NewAccount},
    password::{Cost, Password},
    project::{self, NewProject, Project},
    role::{self, Assignment},
    session::{self, SignedIn},
    tenant::{self, NewTenant, Tenant},
};
use store::{Store, testing};

/// 2026-01-05 09:00 in Shanghai.
pub(crate) const START_MS: i64 = 1_767_574_800_000;

pub(crate) const PASSWORD: &str = "Quiet-almond-42";

pub(crate) struct Firm {
    pub(crate) services: Services,
    now_ms: AtomicI64,
}

/// Two departments, each with a project `nightly`.
pub(crate) struct Departments {
    pub(crate) risk: Tenant,
    pub(crate) risk_nightly: Project,
    pub(crate) nav: Tenant,
    pub(crate) nav_nightly: Project,
}

pub(crate) fn config() -> ServiceConfig {
    // The least that argon2 takes: these tests are not about how slow it is.
    ServiceConfig { password_cost: Cost { memory_kib: 8, passes: 1, parallel: 2 }, ..ServiceConfig::default() }
}

impl Firm {
    pub(crate) async fn new() -> Self {
        Self::on(testing::sqlite().await)
    }

    /// Another node on the same database.
    pub(crate) fn on(store: Store) -> Self {
        let services = Services::new(store, config()).unwrap();
        Self { services, now_ms: AtomicI64::new(START_MS) }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn anonymous(&self) -> OpCtx {
        OpCtx {
            request_id: "r-1".into(),
            client_addr: Some("10.0.0.7".into()),
            user_agent: Some("test".into()),
            channel: Channel::Ui,
            ..OpCtx::anonymous(self.now_ms())
        }
    }

    pub(crate) fn system(&self) -> OpCtx {
        OpCtx::system("test", self.now_ms())
    }

    /// A request of an account that has a password of its own, whoever it is.
    pub(crate) async fn by(&self, username: &str) -> OpCtx {
        let account = store::account::find_by_username(self.services.store().read(), username).await.unwrap().unwrap();
        let actor = Actor::Account { id: account.id, username: account.username, must_change_password: false };
        OpCtx { actor, ..self.anonymous() }
    }

    /// A request that brings a session.
    pub(crate) async fn in_session(&self, session: SessionId) -> service::Result<OpCtx> {
        let actor = session::authenticate(&self.services, session, self.now_ms()).await?;
        Ok(OpCtx { actor, session_id: Some(session), ..self.anonymous() })
    }

    /// An account with [`PASSWORD`].
    pub(crate) async fn person(&self, username: &str) -> OpCtx {
        let new = NewAccount { username: username.into(), display_name: username.into(), email: None };
        let issued = account::create(&self.services, &self.system(), new).await.unwrap();
        let ctx = OpCtx { actor: Actor::from(&issued.account), ..self.anonymous() };
        let password = Password::new(PASSWORD);
        account::change_password(&self.services, &ctx, &issued.one_time_password, &password).await.unwrap();
        self.by(username).await
    }

    /// An account with a role, granted by Almanac itself.
    pub(crate) async fn member(
        &self,
        username: &str,
        role: Role,
        tenant: TenantId,
        project: Option<ProjectId>,
    ) -> OpCtx {
        let ctx = self.person(username).await;
        let assignment = Assignment { username: username.into(), tenant, role, project };
        role::grant(&self.services, &self.system(), &assignment, None).await.unwrap();
        ctx
    }

    pub(crate) async fn administrator(&self) -> OpCtx {
        self.member("root.li", Role::SystemAdmin, TenantId::PLATFORM, None).await
    }

    pub(crate) async fn departments(&self) -> Departments {
        let (risk, risk_nightly) = self.department("risk").await;
        let (nav, nav_nightly) = self.department("nav").await;
        Departments { risk, risk_nightly, nav, nav_nightly }
    }

    async fn department(&self, slug: &str) -> (Tenant, Project) {
        let (services, ctx) = (&self.services, &self.system());
        let tenant = tenant::create(services, ctx, NewTenant { slug: slug.into(), title: slug.into() }).await.unwrap();
        let new = NewProject { tenant: tenant.id, slug: "nightly".into(), title: "Nightly".into() };
        let project = project::create(services, ctx, new).await.unwrap();
        (tenant, project)
    }

    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> service::Result<SignedIn> {
        session::sign_in(&self.services, &self.anonymous(), username, &Password::new(password)).await
    }

    /// Actions, results and codes on a chain, oldest first.
    pub(crate) async fn trail(&self, tenant: TenantId) -> Vec<String> {
        let page = store::audit::list_chain(self.services.store().read(), tenant, 0, 500).await.unwrap();
        let line = |it: store::audit::AuditEvent| match it.error_code {
            Some(code) => format!("{} {} {code}", it.action, it.result),
            None => format!("{} {}", it.action, it.result),
        };
        page.items.into_iter().map(line).collect()
    }

    /// The newest row of a chain.
    pub(crate) async fn last_audit(&self, tenant: TenantId) -> store::audit::AuditEvent {
        store::audit::list(self.services.store().read(), tenant, None, 1).await.unwrap().items.remove(0)
    }
}
