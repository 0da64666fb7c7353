//! Folders of workflows.
