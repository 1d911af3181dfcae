//! The control of the decode bench: the SDK's types of November 2026, with chrono's lenient times.
//!
//! The control does not change when the SDK's types change. So the ratios of different years can be compared.

#![expect(dead_code, reason = "the fields are decoded but not read")]

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

#[derive(Deserialize)]
pub(crate) struct ControlPage {
    jobs: Vec<Job>,
    total_count: i64,
}

#[derive(Deserialize)]
struct Job {
    check_run_url: String,
    completed_at: Option<DateTime<Utc>>,
    conclusion: Option<Conclusion>,
    created_at: Option<DateTime<Utc>>,
    head_branch: Option<String>,
    head_sha: String,
    html_url: Option<String>,
    id: Id,
    #[serde(default)]
    labels: Vec<String>,
    name: String,
    node_id: String,
    run_attempt: Option<i64>,
    run_id: Id,
    run_url: String,
    runner_group_id: Option<i64>,
    runner_group_name: Option<String>,
    runner_id: Option<i64>,
    runner_name: Option<String>,
    started_at: Option<DateTime<Utc>>,
    status: Status,
    #[serde(default)]
    steps: Vec<Step>,
    url: String,
    workflow_name: Option<String>,
}

#[derive(Deserialize)]
struct Step {
    completed_at: Option<DateTime<Utc>>,
    conclusion: Option<Conclusion>,
    name: String,
    number: i64,
    started_at: Option<DateTime<Utc>>,
    status: Status,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Id(i64);

enum Conclusion {
    Success,
    Failure,
    Neutral,
    Cancelled,
    Skipped,
    TimedOut,
    ActionRequired,
    Unknown(Box<str>),
}

enum Status {
    Queued,
    InProgress,
    Completed,
    Waiting,
    Requested,
    Pending,
    Unknown(Box<str>),
}

impl From<&str> for Conclusion {
    fn from(value: &str) -> Self {
        match value {
            "success" => Self::Success,
            "failure" => Self::Failure,
            "neutral" => Self::Neutral,
            "cancelled" => Self::Cancelled,
            "skipped" => Self::Skipped,
            "timed_out" => Self::TimedOut,
            "action_required" => Self::ActionRequired,
            _ => Self::Unknown(value.into()),
        }
    }
}

impl From<&str> for Status {
    fn from(value: &str) -> Self {
        match value {
            "queued" => Self::Queued,
            "in_progress" => Self::InProgress,
            "completed" => Self::Completed,
            "waiting" => Self::Waiting,
            "requested" => Self::Requested,
            "pending" => Self::Pending,
            _ => Self::Unknown(value.into()),
        }
    }
}

impl<'de> Deserialize<'de> for Conclusion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Value(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Value(PhantomData))
    }
}

/// Decodes an open enum.
struct Value<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for Value<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        Ok(T::from(value))
    }
}
