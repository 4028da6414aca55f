//! What the passes over a failure have to tell networks, kept until the step of each network comes.

/// What waits for the network steps of the failure at hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// Per network: links and nodes that died, links whose load or needs changed.
    pub links: Vec<Vec<u32>>,
    pub nodes: Vec<Vec<u32>>,
    pub loaded: Vec<Vec<u32>>,
    pub is_open: Vec<bool>,
    pub open: Vec<u32>,
}

impl Waiting {
    pub fn new(networks: usize) -> Self {
        Self {
            links: vec![Vec::new(); networks],
            nodes: vec![Vec::new(); networks],
            loaded: vec![Vec::new(); networks],
            is_open: vec![false; networks],
            open: Vec::new(),
        }
    }
}
