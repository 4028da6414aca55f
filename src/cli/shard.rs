//! Which part of a divided run this is: as typed, or as a batch engine says.

use super::Failure;
use crate::analysis::montecarlo::Shard;
use anyhow::anyhow;

/// `I/N`; counting from 0 or from 1 both reach every part once.
pub(super) fn shard(text: &str) -> Result<Shard, Failure> {
    if text == "auto" {
        return shard_of(|name| std::env::var(name).ok());
    }
    let parts = text.split_once('/').and_then(|(i, n)| {
        let (i, n) = (i.trim().parse::<u64>().ok()?, n.trim().parse::<u64>().ok()?);
        (n >= 1 && i <= n).then(|| Shard {
            index: i % n,
            count: n,
        })
    });
    parts.ok_or_else(|| anyhow!("`{text}` is no shard: write `1/4` to `4/4`, or `auto`").into())
}

/// Index and count from what a batch engine puts into the environment.
fn shard_of(env: impl Fn(&str) -> Option<String>) -> Result<Shard, Failure> {
    let number = |name: &str| env(name).and_then(|v| v.trim().parse::<u64>().ok());
    let count = [
        "BROWNOUT_SHARDS",
        "SLURM_ARRAY_TASK_COUNT",
        "AWS_BATCH_JOB_ARRAY_SIZE",
    ];
    let index = [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN"),
        ("AWS_BATCH_JOB_ARRAY_INDEX", ""),
        ("JOB_COMPLETION_INDEX", ""),
        ("PARALLEL_SEQ", ""),
    ];
    let count = count.into_iter().find_map(number).filter(|&n| n >= 1);
    let index = index.into_iter().find_map(|(name, first)| {
        let first = number(first).unwrap_or(0);
        number(name).map(|i| i.saturating_sub(first))
    });
    match (index, count) {
        (Some(index), Some(count)) if index <= count => Ok(Shard {
            index: index % count,
            count,
        }),
        (Some(index), Some(count)) => {
            Err(anyhow!("the batch engine names shard {index} of only {count}").into())
        }
        (None, _) => Err(anyhow!(
            "--shard auto finds no index in SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX, \
             JOB_COMPLETION_INDEX or PARALLEL_SEQ"
        )
        .into()),
        (_, None) => Err(anyhow!(
            "--shard auto does not know how many there are: set BROWNOUT_SHARDS"
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_count_from_zero_or_one() {
        let at = |text| shard(text).ok().map(|s| (s.index, s.count));
        assert_eq!(at("1/4"), Some((1, 4)));
        assert_eq!(at("4/4"), Some((0, 4)));
        assert_eq!(at("0/4"), Some((0, 4)));
        assert_eq!(at("1/1"), Some((0, 1)));
        for bad in ["5/4", "1/0", "x", "1", "-1/4", "1/4/2", ""] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn batch_engines_name_the_shard() {
        let with = |vars: &'static [(&str, &str)]| {
            shard_of(move |name| {
                let found = vars.iter().find(|v| v.0 == name);
                found.map(|v| v.1.to_owned())
            })
            .ok()
            .map(|s| (s.index, s.count))
        };
        let slurm = &[
            ("SLURM_ARRAY_TASK_ID", "11"),
            ("SLURM_ARRAY_TASK_MIN", "10"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        assert_eq!(with(slurm), Some((1, 4)));
        assert_eq!(
            with(&[("JOB_COMPLETION_INDEX", "3"), ("BROWNOUT_SHARDS", "4")]),
            Some((3, 4))
        );
        assert_eq!(
            with(&[("PARALLEL_SEQ", "4"), ("BROWNOUT_SHARDS", "4")]),
            Some((0, 4))
        );
        assert_eq!(with(&[("JOB_COMPLETION_INDEX", "3")]), None);
        assert_eq!(with(&[("BROWNOUT_SHARDS", "4")]), None);
    }
}
