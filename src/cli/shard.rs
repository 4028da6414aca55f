//! Which part of a divided run this is. How many parts there are is always said by the user: an array
//! of jobs of which some are submitted again is smaller than the run.

use crate::analysis::montecarlo::Shard;

/// Where job arrays say which of their jobs this is.
const INDICES: [&str; 3] = [
    "SLURM_ARRAY_TASK_ID",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "JOB_COMPLETION_INDEX",
];

/// `I/N`, I from 1 to N; or `auto/N`, I from the job array.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    shard_of(text, |name| std::env::var(name).ok())
}

fn shard_of(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (part, count) = match text.split_once('/') {
        Some((part, count)) => (part.trim(), number(count).filter(|&n| n >= 1)),
        None if text.trim() == "auto" => {
            return Err(
                "say how many parts there are, as `auto/16`: an array of which some jobs are \
                        submitted again does not know it"
                    .to_owned(),
            );
        }
        None => ("", None),
    };
    let Some(count) = count else {
        return Err("write `1/4` to `4/4`, or `auto/4`".to_owned());
    };
    if part == "auto" {
        return from_array(count, env);
    }
    match number(part) {
        Some(part) if (1..=count).contains(&part) => Ok(Shard {
            index: part - 1,
            count,
        }),
        _ => Err(format!(
            "parts are counted from 1: write `1/{count}` to `{count}/{count}`"
        )),
    }
}

/// A job that is numbered from 1 does the part of its number. Where they count from 0, job 0 does the
/// last part: either way each part is done once, and the same job always does the same part.
fn from_array(count: u64, env: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let found = INDICES
        .into_iter()
        .find_map(|name| Some((name, env(name)?)));
    let Some((name, text)) = found else {
        return Err(format!("`auto` finds no number in {}", INDICES.join(", ")));
    };
    match text.trim().parse::<u64>() {
        Ok(job) if job <= count => Ok(Shard {
            index: job.checked_sub(1).unwrap_or(count - 1),
            count,
        }),
        Ok(job) => Err(format!(
            "{name} says {job}, but there are only {count} parts"
        )),
        Err(_) => Err(format!("{name} holds no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, vars: &[(&str, &str)]) -> Option<(u64, u64)> {
        let env = |name: &str| {
            let found = vars.iter().find(|v| v.0 == name);
            found.map(|v| v.1.to_owned())
        };
        shard_of(text, env).ok().map(|s| (s.index, s.count))
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!(at("1/4", &[]), Some((0, 4)));
        assert_eq!(at(" 4 / 4 ", &[]), Some((3, 4)));
        assert_eq!(at("1/1", &[]), Some((0, 1)));
        for bad in [
            "0/4", "5/4", "1/0", "x", "1", "-1/4", "1/4/2", "", "auto", "auto/0",
        ] {
            assert_eq!(at(bad, &[("SLURM_ARRAY_TASK_ID", "1")]), None, "{bad}");
        }
    }

    #[test]
    fn an_array_numbers_the_part_and_never_counts_them() {
        // What Slurm sets where jobs 3 and 7 of 16 are submitted again.
        let again = |id| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_COUNT", "2"),
                ("SLURM_ARRAY_TASK_MIN", "3"),
                ("SLURM_ARRAY_TASK_MAX", "7"),
            ]
        };
        assert_eq!(at("auto/16", &again("3")), Some((2, 16)));
        assert_eq!(at("auto/16", &again("7")), Some((6, 16)));
        assert_eq!(at("auto/16", &again("17")), None);
        assert_eq!(at("auto/16", &again("x")), None);
        for first in [0, 1] {
            let jobs = (first..first + 16).map(|job: u64| job.to_string());
            let mut parts: Vec<u64> = jobs
                .filter_map(|job| at("auto/16", &[("JOB_COMPLETION_INDEX", &job)]))
                .map(|(index, _)| index)
                .collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..16).collect::<Vec<u64>>(), "counted from {first}");
        }
        assert_eq!(
            at("auto/4", &[("AWS_BATCH_JOB_ARRAY_INDEX", "0")]),
            Some((3, 4))
        );
        assert_eq!(at("auto/4", &[]), None);
    }
}
