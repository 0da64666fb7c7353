//! The parts of a document that say when it runs: read from the text, and written back into it key by key, so that
//! everything else of the text stays as it is.

use domain::schedule::ScheduleSpec;
use domain::workflow::Schedule;
use domain::workflow::spec::{BusinessDate, CatchUp, Concurrency, Overlap};
use domain::workflow::splice::{self, SpliceError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One schedule of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub name: String,
    pub enabled: bool,
    /// Nothing when the entry does not hold; the document's problems then say why.
    pub spec: Option<ScheduleSpec>,
    /// The entry as it is written, as far as it has the fields of one.
    written: Option<Schedule>,
}

impl Entry {
    /// Whether the server takes both for the same schedule, which goes on where it was.
    pub fn is_same(&self, other: &Self) -> bool {
        self.written.is_some() && self.written == other.written
    }
}

/// When a workflow runs, for which date, and what happens when things go otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub entries: Vec<Entry>,
    pub business: Option<BusinessDate>,
    pub concurrency: Concurrency,
    pub catch_up: CatchUp,
}

/// What a document says; parts that don't hold count as not written.
///
/// # Errors
/// When the text is no document at all.
pub fn read(source: &str) -> Result<Plan, SpliceError> {
    Ok(splice::get(source, &[])?.as_ref().map(plan).unwrap_or_default())
}

/// The plan of a document that has been read.
pub fn plan(document: &Value) -> Plan {
    fn part<T: DeserializeOwned>(document: &Value, path: &str) -> Option<T> {
        serde_json::from_value(document.pointer(path)?.clone()).ok()
    }
    let entries = document.pointer("/spec/schedules").and_then(Value::as_array);
    Plan {
        entries: entries.into_iter().flatten().map(entry).collect(),
        business: part(document, "/spec/business_date"),
        concurrency: part(document, "/spec/concurrency").unwrap_or_default(),
        catch_up: part(document, "/spec/catch_up").unwrap_or_default(),
    }
}

fn entry(raw: &Value) -> Entry {
    let written: Option<Schedule> = serde_json::from_value(raw.clone()).ok();
    Entry {
        name: raw.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        enabled: raw.get("enabled").and_then(Value::as_bool).unwrap_or(true),
        spec: written.as_ref().and_then(Schedule::to_rule),
        written,
    }
}

/// The text with another rule for a schedule. Keys whose values stay are not touched.
///
/// # Errors
/// When the text can't be changed in place.
pub fn set_spec(source: &str, index: usize, spec: &ScheduleSpec) -> Result<String, SpliceError> {
    let number = index.to_string();
    let path = ["spec", "schedules", &number];
    let old = splice::get(source, &path)?.unwrap_or_default();
    let name = old.get("name").and_then(Value::as_str).unwrap_or_default();
    let mut new = touched(&old, name, spec).unwrap_or_else(|| written(name, spec));
    if let (Some(enabled), Some(new)) = (old.get("enabled"), new.as_object_mut()) {
        new.insert("enabled".to_owned(), enabled.clone());
    }
    if old.get("name").is_none() {
        return splice::set(source, &path, Some(&new));
    }
    set_fields(source, &path, &old, &new)
}

/// The text with an entry's fields brought in line.
fn set_fields(source: &str, path: &[&str], old: &Value, new: &Value) -> Result<String, SpliceError> {
    let none = Map::new();
    let [old, new] = [old, new].map(|it| it.as_object().unwrap_or(&none));
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key, None));
    let set = new.iter().filter(|(key, value)| old.get(*key) != Some(value)).map(|(key, value)| (key, Some(value)));
    let mut text = source.to_owned();
    // What is added comes first: an entry that is empty in between would be gone.
    for (key, value) in set.chain(gone) {
        let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        text = splice::set(&text, &path, value)?;
    }
    Ok(text)
}

/// The entry with nothing but the fields changed in which two schedules differ, so that what is written without need
/// stays; nothing when that doesn't come to the wanted one, as when the rule's text says what a field is to say.
fn touched(old: &Value, name: &str, spec: &ScheduleSpec) -> Option<Value> {
    let before = written(name, &entry(old).spec?);
    let after = written(name, spec);
    let mut new = old.as_object()?.clone();
    for key in before.as_object()?.keys().chain(after.as_object()?.keys()) {
        match after.get(key) {
            same if same == before.get(key) => {}
            Some(value) => drop(new.insert(key.clone(), value.clone())),
            None => drop(new.shift_remove(key)),
        }
    }
    let new = Value::Object(new);
    (entry(&new).spec.as_ref() == Some(spec)).then_some(new)
}

fn written(name: &str, spec: &ScheduleSpec) -> Value {
    serde_json::to_value(Schedule::of_rule(name, spec)).expect("an entry has text keys")
}

/// The text with a further schedule.
///
/// # Errors
/// When the text can't be changed in place.
pub fn add(source: &str, plan: &Plan, name: &str, spec: &ScheduleSpec) -> Result<String, SpliceError> {
    splice::set(source, &["spec", "schedules", &plan.entries.len().to_string()], Some(&written(name, spec)))
}

/// The text without a schedule.
///
/// # Errors
/// When the text can't be changed in place.
pub fn remove(source: &str, index: usize) -> Result<String, SpliceError> {
    splice::set(source, &["spec", "schedules", &index.to_string()], None)
}

/// The text with another name for a schedule.
///
/// # Errors
/// When the text can't be changed in place.
pub fn rename(source: &str, index: usize, name: &str) -> Result<String, SpliceError> {
    splice::set(source, &["spec", "schedules", &index.to_string(), "name"], Some(&name.into()))
}

/// The text with a schedule turned on or off.
///
/// # Errors
/// When the text can't be changed in place.
pub fn enable(source: &str, index: usize, on: bool) -> Result<String, SpliceError> {
    // Being on is what holds when nothing is written.
    let value = (!on).then_some(Value::Bool(false));
    splice::set(source, &["spec", "schedules", &index.to_string(), "enabled"], value.as_ref())
}

/// The text with another business date.
///
/// # Errors
/// When the text can't be changed in place.
pub fn set_business(source: &str, business: Option<&BusinessDate>) -> Result<String, SpliceError> {
    let path = ["spec", "business_date"];
    let Some(business) = business else { return splice::set(source, &path, None) };
    let new = serde_json::to_value(business).expect("a business date has text keys");
    let old = splice::get(source, &path)?.filter(Value::is_object).unwrap_or_default();
    set_fields(source, &path, &old, &new)
}

/// The text with other limits of what is active at once.
///
/// # Errors
/// When the text can't be changed in place.
pub fn set_concurrency(source: &str, concurrency: Concurrency) -> Result<String, SpliceError> {
    let path = ["spec", "concurrency"];
    let new = serde_json::to_value(concurrency).expect("limits have text keys");
    let old = splice::get(source, &path)?.filter(Value::is_object).unwrap_or_default();
    set_fields(source, &path, &old, &new)
}

/// The text with another rule for missed fires.
///
/// # Errors
/// When the text can't be changed in place.
pub fn set_catch_up(source: &str, catch_up: CatchUp) -> Result<String, SpliceError> {
    let value = serde_json::to_value(catch_up).expect("a choice is a word");
    let value = Some(value).filter(|_| catch_up != CatchUp::default());
    splice::set(source, &["spec", "catch_up"], value.as_ref())
}

/// What happens when a run is due while others of the workflow are active: the usual choices, of which `max` is 1 or
/// more.
pub fn overlap(concurrency: Concurrency) -> (Option<u32>, Overlap) {
    match concurrency {
        Concurrency { max_active_runs: None, .. } | Concurrency { overlap: Overlap::Allow, .. } => {
            (None, Overlap::Allow)
        }
        Concurrency { max_active_runs, overlap } => (max_active_runs, overlap),
    }
}

/// A name that no schedule of the plan has.
pub fn free_name(plan: &Plan, wanted: &str) -> String {
    let taken = |name: &str| plan.entries.iter().any(|entry| entry.name == name);
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// Whether a name can be given to a schedule.
pub fn is_name(plan: &Plan, index: usize, name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    let others = plan.entries.iter().enumerate().filter(|(at, _)| *at != index);
    name.len() <= 63
        && name.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && name.bytes().all(fits)
        && others.into_iter().all(|(_, entry)| entry.name != name)
}
