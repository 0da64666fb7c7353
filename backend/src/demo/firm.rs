//! Who the demo firm is: its departments, their projects and their workflow documents.

/// A department, which becomes a tenant.
pub(super) struct Department {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) projects: &'static [Project],
}

/// A folder of workflows.
pub(super) struct Project {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) workflows: &'static [Workflow],
}

/// A document, in which `"@DEMO_HOME@"` stands for the folder of the scripts.
pub(super) struct Workflow {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
}

macro_rules! workflow {
    ($department:literal, $name:literal) => {
        Workflow { name: $name, source: include_str!(concat!("../../demo/", $department, "/", $name, ".yaml")) }
    };
}

pub(super) const DEPARTMENTS: &[Department] = &[
    Department {
        slug: "valuation",
        title: "估值核算 Valuation",
        projects: &[Project {
            slug: "nav",
            title: "净值估值 NAV",
            workflows: &[workflow!("valuation", "nav-valuation")],
        }],
    },
    Department {
        slug: "risk",
        title: "风险管理 Risk",
        projects: &[Project {
            slug: "market-risk",
            title: "市场风险 Market risk",
            workflows: &[workflow!("risk", "var-daily"), workflow!("risk", "stress-test")],
        }],
    },
    Department {
        slug: "investment",
        title: "投资研究 Investment",
        projects: &[
            Project {
                slug: "market-data",
                title: "行情数据 Market data",
                workflows: &[workflow!("investment", "prices-daily")],
            },
            Project {
                slug: "research",
                title: "量化研究 Research",
                workflows: &[workflow!("investment", "factor-scores")],
            },
        ],
    },
    Department {
        slug: "operations",
        title: "运营清算 Operations",
        projects: &[
            Project {
                slug: "settlement",
                title: "日终清算 Settlement",
                workflows: &[workflow!("operations", "settlement-daily")],
            },
            Project {
                slug: "reconciliation",
                title: "对账 Reconciliation",
                workflows: &[workflow!("operations", "cash-reconciliation")],
            },
        ],
    },
];
