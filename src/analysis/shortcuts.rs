//! Ways to the same answer with less work.
//!
//! Each stands beside its proof, where it is taken. Tests hold that the answer is the same to the last bit without it,
//! and `cargo bench --bench shortcuts` prints what it saves.

/// Which of them are taken: all, unless a test or a benchmark asks otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "shortcuts, each taken or not"
)]
pub struct Shortcuts {
    /// Of single failures that leave the same behind only one is evaluated.
    pub alike: bool,
    /// What a single failure changes is laid over states in which it is one more, those of its pairs and drawn ones,
    /// instead of being worked out again.
    pub replay: bool,
    /// In pairs, changes of delivered that no result can depend on are not passed on.
    pub omit: bool,
    /// Whom one more failure harms in a drawn state is looked up in records of single failures, where it does not
    /// interact with the state.
    pub records: bool,
    /// Whom one more failure stops by itself is known to be harmed by it in every drawn state, without looking at how
    /// they interact. Counts only where `records` is taken.
    pub stops: bool,
    /// A drawn state is put together from what clusters of its failures do that do not interact.
    pub superposed: bool,
    /// Drawn states in which much fails are evaluated several at a time.
    pub side_by_side: bool,
}

impl Shortcuts {
    /// All of them.
    pub const ALL: Self = Self {
        alike: true,
        replay: true,
        omit: true,
        records: true,
        stops: true,
        superposed: true,
        side_by_side: true,
    };

    /// All but one of them, by name.
    #[must_use]
    pub fn all_but_one() -> [(&'static str, Self); 7] {
        let all = Self::ALL;
        [
            (
                "alike",
                Self {
                    alike: false,
                    ..all
                },
            ),
            (
                "replay",
                Self {
                    replay: false,
                    ..all
                },
            ),
            ("omit", Self { omit: false, ..all }),
            (
                "records",
                Self {
                    records: false,
                    ..all
                },
            ),
            (
                "stops",
                Self {
                    stops: false,
                    ..all
                },
            ),
            (
                "superposed",
                Self {
                    superposed: false,
                    ..all
                },
            ),
            (
                "side_by_side",
                Self {
                    side_by_side: false,
                    ..all
                },
            ),
        ]
    }
}
