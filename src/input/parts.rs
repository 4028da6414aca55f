//! Parts of a draft that importers, overlays and generated estates make alike.

/// Whether a load factor says more than a blank cell would.
#[allow(clippy::float_cmp, reason = "exactly the default")]
pub fn is_given(load: f64) -> bool {
    load != 1.0
}
