//! What is read of compose files: an allow-list. In: YAML, in blocks or in braces, or JSON. Out: services as they
//! are stated. Promises: a fault never shows what stands in a file.

use super::super::super::{Diagnostic, Source};
use super::super::{sniff, yaml};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys that a service has and that what other tools call one has not, all of them together.
const OF_SERVICE: [&str; 6] = [
    "image",
    "build",
    "extends",
    "depends_on",
    "environment",
    "ports",
];

/// Whether a text is a compose file: it has services and is of no other tool that has them.
pub(in crate::input::import) fn looks_like(source: &Source) -> bool {
    if is_in_braces(source) {
        return sniff::head(source).contains("services") && has_services(source);
    }
    if let Some(outline) = sniff::json(source) {
        let inside = ["\"image\"", "\"build\""]
            .iter()
            .any(|key| source.text.contains(key));
        return outline.has("services") && !outline.has("kind") && inside;
    }
    let keys = sniff::yaml(source);
    let mut lines = source.text.lines().map(str::trim_start);
    let mut inside = || {
        lines.any(|line| {
            OF_SERVICE
                .iter()
                .any(|key| line.strip_prefix(key).is_some_and(|r| r.starts_with(':')))
        })
    };
    let named = keys.contains_key("services") && !keys.contains_key("kind");
    named && (inside() || has_services(source))
}

/// Whether a text is a map of YAML in braces, which JSON is not: its first key has no quotes.
fn is_in_braces(source: &Source) -> bool {
    let inside = sniff::head(source).strip_prefix('{');
    inside.is_some_and(|rest| rest.trim_start().starts_with(char::is_alphabetic))
}

/// Whether the services of a text are maps, however they are written, and one has what services of compose have.
fn has_services(source: &Source) -> bool {
    let documents = yaml::documents::<Value>(source).unwrap_or_default();
    documents.iter().any(|document| {
        let services = document.get("services").and_then(Value::as_object);
        let of_compose = |service: &Value| OF_SERVICE.iter().any(|key| service.get(key).is_some());
        let fits = |service: &Value| service.is_object() || service.is_null();
        document.get("kind").is_none()
            && services.is_some_and(|s| s.values().all(fits) && s.values().any(of_compose))
    })
}

/// What is read of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    pub name: Option<String>,
    pub services: Option<BTreeMap<String, Option<Service>>>,
    pub include: Option<Vec<Value>>,
}

/// What is read of a service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    pub container_name: Option<String>,
    pub hostname: Option<String>,
    pub depends_on: Option<Value>,
    pub environment: Option<Value>,
    pub links: Option<Vec<String>>,
    pub network_mode: Option<String>,
    pub networks: Option<Value>,
    pub ports: Option<Vec<Value>>,
    pub scale: Option<u64>,
    pub deploy: Option<Deploy>,
    pub profiles: Option<Vec<String>>,
    pub extends: Option<Value>,
    pub restart: Option<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Deploy {
    pub replicas: Option<u64>,
    pub mode: Option<String>,
    pub placement: Option<Value>,
}

/// Parses a file without ever showing what stands in it.
pub(super) fn parse(source: &Arc<Source>) -> Result<File, Diagnostic> {
    let broken = |place: String| {
        let message = format!(
            "`{}` is no compose file: it cannot be read at {place}",
            source.path
        );
        Diagnostic::error(message)
            .help("`docker compose config` says what is wrong, or writes it out in full")
    };
    if source.text.trim_start().starts_with('{') && !is_in_braces(source) {
        return serde_json::from_str(&source.text)
            .map_err(|why| broken(format!("line {}", why.line())));
    }
    let documents = yaml::documents::<File>(source);
    let documents = documents.map_err(|fault| broken(fault.place()))?;
    let mut file = File::default();
    for document in documents {
        file.name = document.name.or(file.name);
        let services = document.services.into_iter().flatten();
        file.services.get_or_insert_default().extend(services);
        file.include
            .get_or_insert_default()
            .extend(document.include.into_iter().flatten());
    }
    Ok(file)
}

/// A service as two files say it together: lists and maps grow, the later one wins elsewhere.
pub(super) fn merged(earlier: Service, later: Service) -> Service {
    let grown = |one: Option<Value>, other: Option<Value>| match (one, other) {
        (Some(Value::Object(mut one)), Some(Value::Object(other))) => {
            one.extend(other);
            Some(Value::Object(one))
        }
        (Some(Value::Array(mut one)), Some(Value::Array(other))) => {
            one.extend(other);
            Some(Value::Array(one))
        }
        (one, other) => other.or(one),
    };
    Service {
        container_name: later.container_name.or(earlier.container_name),
        hostname: later.hostname.or(earlier.hostname),
        depends_on: grown(earlier.depends_on, later.depends_on),
        environment: grown(earlier.environment, later.environment),
        links: later.links.or(earlier.links),
        network_mode: later.network_mode.or(earlier.network_mode),
        networks: grown(earlier.networks, later.networks),
        ports: later.ports.or(earlier.ports),
        scale: later.scale.or(earlier.scale),
        deploy: later.deploy.or(earlier.deploy),
        profiles: later.profiles.or(earlier.profiles),
        extends: later.extends.or(earlier.extends),
        restart: later.restart.or(earlier.restart),
    }
}

/// A service that another one waits for.
pub(super) struct Awaited {
    pub name: String,
    /// Whether the other cannot do without it.
    pub required: bool,
    /// Whether the other waits until it has ended.
    pub to_its_end: bool,
}

impl Awaited {
    fn started(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            required: true,
            to_its_end: false,
        }
    }
}

impl Service {
    /// Services that this one waits for.
    pub fn awaits(&self) -> Vec<Awaited> {
        let mut all = Vec::new();
        match &self.depends_on {
            Some(Value::Array(names)) => {
                all.extend(names.iter().filter_map(Value::as_str).map(Awaited::started));
            }
            Some(Value::Object(names)) => all.extend(names.iter().map(|(name, how)| Awaited {
                required: how.get("required").and_then(Value::as_bool) != Some(false),
                to_its_end: how.get("condition").and_then(Value::as_str)
                    == Some("service_completed_successfully"),
                ..Awaited::started(name)
            })),
            _ => {}
        }
        let links = self.links.iter().flatten();
        all.extend(
            links
                .filter_map(|l| l.split(':').next())
                .map(Awaited::started),
        );
        let shared = self.network_mode.as_deref();
        let shared = shared.and_then(|m| m.strip_prefix("service:"));
        all.extend(shared.map(Awaited::started));
        all
    }

    /// Whether a swarm runs it as a job, to its end.
    pub fn is_job(&self) -> bool {
        let mode = self.deploy.as_ref().and_then(|d| d.mode.as_deref());
        matches!(mode, Some("replicated-job" | "global-job"))
    }

    /// Whether it is started anew whenever it ends.
    pub fn runs_on(&self) -> bool {
        let restart = self.restart.as_ref().and_then(Value::as_str);
        matches!(restart, Some("always" | "unless-stopped"))
    }

    /// Names and values of the environment, whether it is a list or a map.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        match &self.environment {
            Some(Value::Array(lines)) => {
                let lines = lines.iter().filter_map(Value::as_str);
                let pairs = lines.filter_map(|line| line.split_once('='));
                pairs
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect()
            }
            Some(Value::Object(map)) => {
                let given = map.iter().filter(|(_, value)| !value.is_null());
                given
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// How many copies are stated.
    pub fn replicas(&self) -> Option<u64> {
        self.deploy.as_ref().and_then(|d| d.replicas).or(self.scale)
    }

    /// Whether a swarm decides where it runs.
    pub fn is_placed(&self) -> bool {
        let deploy = self.deploy.as_ref();
        deploy.is_some_and(|d| d.placement.is_some() || d.mode.is_some())
    }
}

/// Whether a port of a container is one of the host that is known: `80:80`, or `published: 80`.
pub(super) fn is_published(port: &Value) -> bool {
    if let Some(text) = port.as_str() {
        let mut deep = 0;
        return text.chars().any(|c| {
            match c {
                '{' => deep += 1,
                '}' => deep -= 1,
                _ => {}
            }
            c == ':' && deep == 0
        });
    }
    port.get("published").is_some()
}
