//! Places in SARIF. In: ids and paths. Out: locations at the inventory line of an element, and text
//! that SARIF takes literally.

use super::super::document::{Assess, Estate};
use crate::model::short;
use serde_json::{Value, json};

/// Where the elements of an assessment stand.
pub struct Places<'a> {
    estate: Option<&'a Estate>,
}

impl<'a> Places<'a> {
    /// Of an assessment.
    pub fn new(assess: &'a Assess) -> Self {
        Self {
            estate: assess.estate.as_ref(),
        }
    }

    /// Whether this is the id of an element whose place is known.
    pub fn has(&self, id: &str) -> bool {
        self.estate.is_some_and(|e| e.find(id).is_some())
    }

    /// A location for each element.
    pub fn locations(&self, ids: &[&str]) -> Vec<Value> {
        ids.iter().map(|id| self.location(id)).collect()
    }

    /// A location for each element, with what it has to do with the result.
    pub fn related(&self, ids: &[(&str, &str)]) -> Vec<Value> {
        let one = |(at, (id, role)): (usize, &(&str, &str))| {
            let mut location = self.location(id);
            location["id"] = json!(at + 1);
            location["message"] = json!({ "text": role });
            location
        };
        ids.iter().enumerate().map(one).collect()
    }

    fn location(&self, id: &str) -> Value {
        let name = short(id, 200);
        let mut logical = json!({ "name": name, "fullyQualifiedName": name });
        if let Some(node) = self.estate.and_then(|e| e.find(id)) {
            logical["kind"] = json!(short(&node.kind, 60));
        }
        let mut location = json!({ "logicalLocations": [logical] });
        if let Some((path, line)) = self.estate.and_then(|e| e.place(id)) {
            let mut physical = json!({ "artifactLocation": artifact(&path) });
            if let Some(line) = line {
                physical["region"] = json!({ "startLine": line });
            }
            location["physicalLocation"] = physical;
        }
        location
    }
}

/// Where a file is: under the root of the sources, unless its path is absolute.
pub fn artifact(path: &str) -> Value {
    if let Some(rest) = path.strip_prefix('/') {
        return json!({ "uri": format!("file:///{}", encoded(rest)) });
    }
    match path.as_bytes() {
        [drive, b':', b'/', ..] if drive.is_ascii_alphabetic() => {
            let rest = encoded(&path[3..]);
            json!({ "uri": format!("file:///{}:/{rest}", char::from(*drive)) })
        }
        _ => json!({ "uri": encoded(path), "uriBaseId": "%SRCROOT%" }),
    }
}

/// A path as a relative reference: everything but letters, digits and `-._~/` becomes `%XX`.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            b if b.is_ascii_alphanumeric() => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// Text for a message: brackets and braces would be links and placeholders.
pub fn text(said: &str) -> String {
    let mut out = String::with_capacity(said.len());
    for c in said.chars() {
        match c {
            '\\' | '[' | ']' => out.extend(['\\', c]),
            '{' | '}' => out.extend([c, c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        let uri = |path: &str| artifact(path)["uri"].as_str().map(str::to_owned);
        assert_eq!(uri("a b/ü:c.csv").as_deref(), Some("a%20b/%C3%BC%3Ac.csv"));
        assert_eq!(uri("/tmp/x.csv").as_deref(), Some("file:///tmp/x.csv"));
        assert_eq!(uri("C:/x y.csv").as_deref(), Some("file:///C:/x%20y.csv"));
        assert_eq!(artifact("a.csv")["uriBaseId"], "%SRCROOT%");
    }

    #[test]
    fn a_message_has_no_link_and_no_placeholder() {
        assert_eq!(text("[x](http://y) {0}"), "\\[x\\](http://y) {{0}}");
    }
}
