//! The rules by which two failures interact, each of which can be left out to show that it is needed.

/// The rules by which pairs interact, and the checks that keep exact what a pair omits about
/// delivered; each is needed, and tests leave one out to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "rules, each on or off")]
pub(in crate::analysis) struct Rules {
    pub(super) dead: bool,
    pub(super) product: bool,
    pub(super) capacity: bool,
    pub(super) requirement: bool,
    pub(super) delivered: bool,
    /// A network takes part in both that is one place as a whole.
    pub(super) network: bool,
    /// A flow takes another way in one, and so it does in the other, or is otherwise concerned.
    pub(super) rerouted: bool,
    /// What lies on that way dies in the other.
    pub(super) used: bool,
    /// It delivers another fraction in the other.
    pub(super) altered: bool,
    /// Directions of links are asked for one by one.
    pub(super) arcs: bool,
    /// It rises above the bound of headroom in the other.
    pub(super) rising: bool,
    /// A host is chosen in one and gets worse in the other.
    pub(super) chosen: bool,
    /// A host may be used in one and gets better in the other.
    pub(super) usable: bool,
    /// An instance is placed in one that is kept apart from what moves in the other.
    pub(super) apart: bool,
    /// What known outages displaced may go elsewhere.
    pub(super) away: bool,
    /// What a failure does before its last trip counts, round by round.
    pub(super) rounds: bool,
    /// A node that trips below its capacity counts from there.
    pub(super) trips: bool,
    /// A pair may interact with a third failure though neither of the two does.
    pub(super) joint: bool,
    /// A group may be touched by what rises above the bound of headroom below it.
    pub(super) reached: bool,
    /// A group that lost a provider may be where headroom falls.
    pub(super) switched: bool,
    /// Why a service is harmed is climbed for where it is, though it stood higher before.
    pub(super) harmed: bool,
    /// Before a pair: how much may be omitted.
    pub(super) margin: bool,
    /// After it: whether a result hangs on what was omitted.
    pub(super) omitted: bool,
    /// Headroom of such a pair looks at all loads where both touch a group.
    pub(super) grouped: bool,
    /// Single failures are asked how little headroom they leave, and what limits whom they harm. Pairs build on
    /// that, so it may only be left out where there are none.
    pub(super) headroom: bool,
    /// A further failure harms, whatever has failed, whom it stops by itself, and not whomever it harms by itself.
    pub(super) stopped: bool,
}

impl Rules {
    pub(super) const ALL: Self = Self {
        dead: true,
        product: true,
        capacity: true,
        requirement: true,
        delivered: true,
        network: true,
        rerouted: true,
        used: true,
        altered: true,
        arcs: true,
        rising: true,
        chosen: true,
        usable: true,
        apart: true,
        away: true,
        rounds: true,
        trips: true,
        joint: true,
        reached: true,
        switched: true,
        harmed: true,
        margin: true,
        omitted: true,
        grouped: true,
        headroom: true,
        stopped: true,
    };
}
