//! Requirements of a draft as importers make them: of one provider, with a load that was measured or not.

use crate::input::parts::is_given;
use crate::model::{Draft, DraftProvider, DraftRequirement, Need, Split};

/// Says that every load factor was measured or follows from what was: none is left to be assumed.
pub(super) fn all_loads_given(draft: &mut Draft) {
    let providers = draft.requirements.iter_mut().flat_map(|r| &mut r.providers);
    providers.for_each(|p| p.load_given = true);
}

/// A requirement of one provider that must work. Both are indices into [`Draft::nodes`].
pub(super) fn needs(consumer: usize, provider: usize, load: f64) -> DraftRequirement {
    let index = |v| u32::try_from(v).unwrap_or(u32::MAX);
    DraftRequirement {
        consumer: index(consumer),
        group: None,
        need: Need::All,
        split: Split::Share,
        providers: vec![DraftProvider {
            node: index(provider),
            load,
            load_given: is_given(load),
            constant: 0.0,
            weight: None,
        }],
        line: 0,
    }
}
