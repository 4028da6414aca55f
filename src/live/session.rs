//! Requests and answers as JSON: what a page and a module say to each other.

use super::ask::Request;
use super::estate::Opened;
use super::map::{Map, MapRequest};
use super::next::Next;
use super::state::Answered;
use super::{Live, Package};
use serde::{Deserialize, Serialize};

/// What can be asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    /// Opens an estate in place of the one that is open.
    Open(Package),
    /// One state.
    State(Request),
    /// What would hurt most next, by contingencies of an order.
    Next(Request, u32),
    /// The scenario that says the same as a request.
    Save(Request),
    /// The map of the estate.
    Map(MapRequest),
}

/// What is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Opened(Box<Opened>),
    State(Box<Answered>),
    Next(Next),
    Saved(String),
    Map(Box<Map>),
    /// Why there is no answer.
    Refused(String),
}

/// Somebody who asks, with the estate that they have open.
#[derive(Default)]
pub struct Session {
    live: Option<Live>,
}

impl Session {
    /// Answers one call, both as JSON.
    #[must_use]
    pub fn answer(&mut self, call: &[u8]) -> Vec<u8> {
        let answer = self.call(call).unwrap_or_else(Answer::Refused);
        serde_json::to_vec(&answer).unwrap_or_else(|why| {
            let why = Answer::Refused(why.to_string());
            serde_json::to_vec(&why).unwrap_or_default()
        })
    }

    fn call(&mut self, call: &[u8]) -> Result<Answer, String> {
        let call: Call = serde_json::from_slice(call).map_err(|why| why.to_string())?;
        if let Call::Open(package) = call {
            // The one before goes first: two may not fit.
            self.live = None;
            let live = self.live.insert(Live::open(package)?);
            return Ok(Answer::Opened(Box::new(live.opened())));
        }
        let live = self.live.as_ref().ok_or("nothing is open")?;
        Ok(match call {
            Call::Open(_) => return Err("it is open".to_owned()),
            Call::State(request) => Answer::State(Box::new(live.state(&request)?)),
            Call::Next(request, order) => Answer::Next(live.next(&request, order)?),
            Call::Map(request) => Answer::Map(Box::new(live.map(&request)?)),
            Call::Save(request) => Answer::Saved(live.save(&request)?),
        })
    }
}
