//! States of things in clouds → whether they serve. In: a state as its source writes it. Out: a [`Standing`].
//! Promises: a blank state says nothing, and one that is not known to serve does not.

/// What a state means for who relies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It works, or nothing is said.
    Serves,
    /// It is there and does not work: a known outage.
    Out,
    /// It is no more, or is about to be no more.
    Gone,
}

/// The states of one sort of things, in lower case; `*` at the end stands for any rest.
pub(super) struct States {
    serves: &'static [&'static str],
    gone: &'static [&'static str],
}

impl States {
    /// What a state means.
    pub fn of(&self, state: &str) -> Standing {
        let state = state.trim().to_lowercase();
        let is_one_of = |all: &[&str]| {
            all.iter().any(|known| match known.strip_suffix('*') {
                Some(start) => state.starts_with(start),
                None => state == *known,
            })
        };
        match () {
            () if state.is_empty() || is_one_of(self.serves) => Standing::Serves,
            () if is_one_of(self.gone) => Standing::Gone,
            () => Standing::Out,
        }
    }

    /// Why something in this state is out, if it is.
    pub fn outage(&self, state: &str) -> Option<String> {
        (self.of(state) != Standing::Serves).then(|| format!("its state is {state}"))
    }
}

/// Instances of AWS.
pub(super) const AWS_INSTANCE: States = States {
    serves: &["running"],
    gone: &["terminated", "shutting-down"],
};
/// Instances of Google Cloud, where `TERMINATED` is one that was stopped and can be started.
pub(super) const GOOGLE_INSTANCE: States = States {
    serves: &["running"],
    gone: &[],
};
/// When an instance of Cloud SQL runs.
pub(super) const GOOGLE_ACTIVATION: States = States {
    serves: &["always", "on_demand"],
    gone: &[],
};
/// Virtual machines of Azure, with or without what the interface writes before the state.
pub(super) const AZURE_MACHINE: States = States {
    serves: &["running", "vm running", "powerstate/running"],
    gone: &[],
};
/// Instances of `OpenStack`.
pub(super) const OPENSTACK_INSTANCE: States = States {
    serves: &["active", "resized"],
    gone: &["deleted", "soft_deleted"],
};
/// Databases of AWS, and clusters of them.
pub(super) const AWS_DATABASE: States = States {
    serves: &[
        "available",
        "backing-up",
        "configuring-*",
        "delete-precheck",
        "modifying",
        "preparing-data-migration",
        "resetting-master-credentials",
        "scaling-*",
        "storage-config-upgrade",
        "storage-initialization",
        "storage-optimization",
        "update-iam-db-auth",
    ],
    gone: &["deleting", "deleted"],
};
/// Caches of AWS, and groups of them.
pub(super) const AWS_CACHE: States = States {
    serves: &["available", "modifying", "snapshotting"],
    gone: &["deleting", "deleted"],
};
/// Data warehouses of AWS, by either of the two states that they have.
pub(super) const AWS_WAREHOUSE: States = States {
    serves: &[
        "available*",
        "modifying",
        "resizing",
        "cancelling-resize",
        "rotating-keys",
    ],
    gone: &["deleting", "deleted", "final-snapshot"],
};
/// Brokers of AWS, whose machines are mended and restarted one after the other.
pub(super) const AWS_BROKERS: States = States {
    serves: &[
        "active",
        "updating",
        "healing",
        "maintenance",
        "rebooting_broker",
    ],
    gone: &["deleting"],
};
/// Gateways, lines and load balancers of AWS.
pub(super) const AWS_NETWORK: States = States {
    serves: &["available", "active", "active_impaired"],
    gone: &["deleting", "deleted"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_known_to_serve_does_not() {
        for state in ["", "available", "Available", "configuring-log-exports"] {
            assert_eq!(AWS_DATABASE.of(state), Standing::Serves, "{state}");
        }
        for state in [
            "stopped",
            "stopping",
            "starting",
            "failed",
            "storage-full",
            "inaccessible-encryption-credentials-recoverable",
            "incompatible-parameters",
            "a state of next year",
        ] {
            assert_eq!(AWS_DATABASE.of(state), Standing::Out, "{state}");
        }
        assert_eq!(AWS_DATABASE.of("deleting"), Standing::Gone);
        assert_eq!(AWS_INSTANCE.of("terminated"), Standing::Gone);
        assert_eq!(GOOGLE_INSTANCE.of("TERMINATED"), Standing::Out);
        assert_eq!(AZURE_MACHINE.of("PowerState/deallocated"), Standing::Out);
    }
}
