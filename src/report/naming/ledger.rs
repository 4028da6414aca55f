//! Defaults and whether the verdict hangs on them, with names on.

use super::Naming;
use crate::analysis::VerdictWord;
use crate::analysis::ledger::{Idle, LedgerOutcome, Limit, Tried, Verdicts};
use crate::input;
use crate::report::document::Assumption;
use crate::report::document::evidence::{Ledger, LedgerEntry, WhatIfScaled};

impl Naming<'_> {
    /// Every default, with half and twice of it. `verdicts` are those of the policies as they are;
    /// without an outcome it was left out.
    #[must_use]
    pub fn ledger(
        self,
        all: &[&input::Assumption],
        outcome: Option<&LedgerOutcome>,
        verdicts: &[Option<bool>],
    ) -> Ledger {
        let Some(outcome) = outcome else {
            let reason = "it was left out (--no-ledger)";
            return Ledger {
                entries: all.iter().map(|a| untried(a, reason)).collect(),
                complete: false,
                reason: Some(reason.to_owned()),
                runs: 0,
                most_runs: 0,
            };
        };
        let reason = outcome.limit.map(|limit| match limit {
            Limit::Interrupted => "interrupted".to_owned(),
            Limit::Memory => "a sweep would take more memory than it may".to_owned(),
            Limit::Runs => format!(
                "the estate is assessed anew at most {} times",
                outcome.most_runs
            ),
        });
        let why = reason.as_deref();
        let why = why.unwrap_or("the inputs are not valid with it scaled");
        let entries = all.iter().zip(&outcome.entries);
        Ledger {
            entries: entries
                .map(|(a, tried)| self.ledger_entry(a, tried, verdicts, why))
                .collect(),
            complete: reason.is_none(),
            reason,
            runs: outcome.runs,
            most_runs: outcome.most_runs,
        }
    }

    fn ledger_entry(
        self,
        a: &input::Assumption,
        [half, twice]: &[Tried; 2],
        verdicts: &[Option<bool>],
        why: &str,
    ) -> LedgerEntry {
        let scaled = |tried: &Tried| match tried {
            Tried::Judged(now) => Some(self.scaled(now, verdicts)),
            Tried::Idle(_) | Tried::Not => None,
        };
        let (halved, doubled) = (scaled(half), scaled(twice));
        let changes = |w: &WhatIfScaled| !w.changed.is_empty();
        let (changes_verdict, reason) = match (half, &halved, &doubled) {
            (Tried::Idle(idle), ..) => (Some(false), Some(of_idle(*idle).to_owned())),
            (_, Some(h), Some(d)) => (Some(changes(h) || changes(d)), None),
            (_, Some(one), None) | (_, None, Some(one)) if changes(one) => (Some(true), None),
            _ => (None, untried(a, why).reason),
        };
        LedgerEntry {
            halved,
            doubled,
            changes_verdict,
            reason,
            ..untried(a, why)
        }
    }

    fn scaled(self, now: &Verdicts, before: &[Option<bool>]) -> WhatIfScaled {
        let policies = self.scenario.policies.iter().zip(now.iter().zip(before));
        let changed = policies.filter(|(_, (now, before))| now != before);
        WhatIfScaled {
            verdict: VerdictWord::over(now.iter().copied()),
            changed: changed.map(|(p, _)| p.name.clone()).collect(),
        }
    }
}

fn of_idle(idle: Idle) -> &'static str {
    match idle {
        Idle::NoPolicy => "there is no policy to judge",
        Idle::NoProbability => "no policy limits a probability",
    }
}

fn untried(a: &input::Assumption, reason: &str) -> LedgerEntry {
    LedgerEntry {
        assumption: Assumption {
            what: a.what.clone(),
            source: a.source.clone(),
            count: a.count,
        },
        halved: None,
        doubled: None,
        changes_verdict: None,
        reason: Some(
            a.parameter
                .as_ref()
                .err()
                .copied()
                .unwrap_or(reason)
                .to_owned(),
        ),
    }
}
