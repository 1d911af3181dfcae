//! Jobs as tables for people.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, stdout};

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::{Job, JobStatus, StepStatus};

use crate::output::clean;

/// A row for each job: id, status, name, duration and runner.
pub(crate) fn table(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 5]> = jobs
        .iter()
        .map(|job| {
            let runner = job.runner_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("-");
            let took =
                duration(job.started_at, job.completed_at, job.status == JobStatus::InProgress);
            [job.id.to_string(), state(job), clean(&job.name), took, clean(runner)]
        })
        .collect();
    rows_of(&["ID", "STATUS", "NAME", "DURATION", "RUNNER"], &rows)
}

/// The table of one job, its run, its URL and a table of its steps.
pub(crate) fn details(job: &Job) -> String {
    let mut text = table(std::slice::from_ref(job));
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\nrun {} of {}",
        job.run_id,
        clean(job.workflow_name.as_deref().unwrap_or("-"))
    );
    if let Some(url) = &job.html_url {
        let _ = writeln!(text, "{}", clean(url));
    }
    if !job.steps.is_empty() {
        let rows: Vec<[String; 4]> = job
            .steps
            .iter()
            .map(|step| {
                let state =
                    step.conclusion.as_ref().map_or(step.status.as_str(), |end| end.as_str());
                let is_running =
                    step.status == StepStatus::InProgress && job.status == JobStatus::InProgress;
                let took = duration(step.started_at, step.completed_at, is_running);
                [step.number.to_string(), clean(state), clean(&step.name), took]
            })
            .collect();
        let _ = write!(text, "\n{}", rows_of(&["STEP", "STATUS", "NAME", "DURATION"], &rows));
    }
    text
}

/// The conclusion of a completed job; otherwise the status.
pub(crate) fn state(job: &Job) -> String {
    let end = job.conclusion.as_ref().filter(|_| job.status == JobStatus::Completed);
    clean(end.map_or(job.status.as_str(), |end| end.as_str()))
}

/// The time from `start` to `end`, or to now if it is running. The start of a queued job is the time at which it was
/// queued, so it has no duration.
fn duration(start: Option<Timestamp>, end: Option<Timestamp>, is_running: bool) -> String {
    let Some(start) = start else { return "-".to_owned() };
    let end = match end {
        Some(end) => end,
        None if is_running => Timestamp::now(),
        None => return "-".to_owned(),
    };
    let seconds = end.duration_since(start).as_secs();
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.abs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{sign}{s}s"),
        (0, m, s) => format!("{sign}{m}m {s:02}s"),
        (h, m, _) => format!("{sign}{h}h {m:02}m"),
    }
}

/// Aligns the columns. On a narrow terminal, the column of the names is shortened.
fn rows_of<const N: usize>(head: &[&str; N], rows: &[[String; N]]) -> String {
    const NAME: usize = 2;
    let width = |text: &str| text.chars().count();
    let mut widths = head.map(width);
    for row in rows {
        for (cell, most) in row.iter().zip(&mut widths) {
            *most = width(cell).max(*most);
        }
    }
    // A pipe or a file gets the whole names.
    let terminal = terminal_size::terminal_size_of(stdout()).filter(|_| stdout().is_terminal());
    let terminal = terminal.map(|(terminal_size::Width(width), _)| usize::from(width));
    if let (Some(terminal), Some(name)) = (terminal, widths.get(NAME).copied()) {
        let others: usize = widths.iter().sum::<usize>() - name + 2 * (N - 1);
        if let Some(widest) = widths.get_mut(NAME) {
            *widest = name.min(terminal.saturating_sub(others).max(8));
        }
    }
    let mut text = line(&head.map(str::to_owned), &widths, false);
    rows.iter().for_each(|row| text += &line(row, &widths, true));
    text
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N], coloured: bool) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let shown = if cell.chars().count() > *width {
            format!("{}…", cell.chars().take(width.saturating_sub(1)).collect::<String>())
        } else {
            cell.clone()
        };
        let padding = " ".repeat(width.saturating_sub(shown.chars().count()) + 2);
        let shown = if coloured && index == 1 { colour(&shown) } else { shown };
        line += &shown;
        line += &padding;
    }
    format!("{}\n", line.trim_end())
}

/// Adds a colour, only on a terminal.
fn colour(state: &str) -> String {
    if !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some() {
        return state.to_owned();
    }
    let code = match state {
        "success" => 32,
        "failure" | "timed_out" => 31,
        "in_progress" => 33,
        _ => 2,
    };
    format!("\u{1b}[{code}m{state}\u{1b}[0m")
}
