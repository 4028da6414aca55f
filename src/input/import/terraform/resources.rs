//! States and plans → resources. In: JSON of `terraform show -json`, a state of version 3 or 4, a plan.
//! Out: resources with attributes that are asked for by name. Promises: only attributes that somebody asks
//! for are read, none that is marked sensitive, and a value never stands in a message.

use super::super::super::{Diagnostic, Source};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Modules within each other.
const DEEP: u32 = 32;

/// A resource.
#[derive(Debug)]
pub(super) struct Resource {
    /// Where it stands in the configuration: module, type, name, number.
    pub address: String,
    pub sort: String,
    /// Whether it is only looked up.
    pub is_data: bool,
    attributes: Map<String, Value>,
    /// Which attributes are marked sensitive.
    sensitive: Map<String, Value>,
}

/// What a file holds.
pub(super) struct Held {
    pub resources: Vec<Resource>,
    /// Type and address of each object that was replaced and waits to be destroyed.
    pub deposed: Vec<(String, String)>,
    /// Whether it is what is planned rather than what runs.
    pub is_plan: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    version: Option<u64>,
    values: Option<Values>,
    planned_values: Option<Values>,
    resources: Option<Vec<Stated>>,
    modules: Option<Vec<OldModule>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    root_module: Option<Module>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: Option<Vec<Shown>>,
    child_modules: Option<Vec<Module>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    address: String,
    mode: String,
    r#type: String,
    values: Option<Map<String, Value>>,
    sensitive_values: Option<Value>,
    deposed_key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stated {
    module: Option<String>,
    mode: String,
    r#type: String,
    name: String,
    instances: Option<Vec<Instance>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Instance {
    index_key: Option<Value>,
    deposed: Option<String>,
    attributes: Option<Map<String, Value>>,
    attributes_flat: Option<Map<String, Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OldModule {
    path: Vec<String>,
    resources: Map<String, Value>,
}

/// Reads one file.
///
/// # Errors
/// It is no state and no plan.
pub(super) fn read(source: &Arc<Source>) -> Result<Held, Diagnostic> {
    let file: File = serde_json::from_str(&source.text).map_err(|why| {
        let message = format!(
            "`{}` is no state and no plan: it cannot be read at line {}",
            source.path,
            why.line()
        );
        Diagnostic::error(message).help("write it with `terraform show -json > state.json`")
    })?;
    let mut held = Held {
        resources: Vec::new(),
        deposed: Vec::new(),
        is_plan: file.planned_values.is_some(),
    };
    for values in file.planned_values.into_iter().chain(file.values) {
        values
            .root_module
            .into_iter()
            .for_each(|module| shown(module, DEEP, &mut held));
    }
    for stated in file.resources.into_iter().flatten() {
        add_stated(stated, &mut held);
    }
    for module in file.modules.into_iter().flatten() {
        add_old(module, &mut held);
    }
    if held.resources.is_empty() && file.version.is_none_or(|v| v != 3 && v != 4) {
        let message = format!("`{}` holds no resource", source.path);
        return Err(Diagnostic::error(message)
            .help("a state of version 3 or 4 is read, and what `terraform show -json` writes"));
    }
    held.resources.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(held)
}

fn shown(module: Module, deep: u32, held: &mut Held) {
    for shown in module.resources.into_iter().flatten() {
        if is_deposed(shown.deposed_key.as_deref()) {
            held.deposed.push((shown.r#type, shown.address));
            continue;
        }
        let sensitive = match shown.sensitive_values {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        held.resources.push(Resource {
            address: shown.address,
            sort: shown.r#type,
            is_data: shown.mode == "data",
            attributes: shown.values.unwrap_or_default(),
            sensitive,
        });
    }
    if deep > 0 {
        let inner = module.child_modules.into_iter().flatten();
        inner.for_each(|module| self::shown(module, deep - 1, held));
    }
}

/// Whether the key of an object that was replaced is given.
fn is_deposed(key: Option<&str>) -> bool {
    key.is_some_and(|key| !key.is_empty())
}

fn add_stated(stated: Stated, held: &mut Held) {
    let is_data = stated.mode == "data";
    let module = stated.module.map_or(String::new(), |m| format!("{m}."));
    let data = if is_data { "data." } else { "" };
    let address = format!("{module}{data}{}.{}", stated.r#type, stated.name);
    for instance in stated.instances.into_iter().flatten() {
        let key = match instance.index_key {
            Some(Value::String(key)) => format!("[\"{key}\"]"),
            Some(Value::Number(key)) => format!("[{key}]"),
            _ => String::new(),
        };
        if is_deposed(instance.deposed.as_deref()) {
            let sort = stated.r#type.clone();
            held.deposed.push((sort, format!("{address}{key}")));
            continue;
        }
        held.resources.push(Resource {
            address: format!("{address}{key}"),
            sort: stated.r#type.clone(),
            is_data,
            attributes: instance
                .attributes
                .or(instance.attributes_flat)
                .unwrap_or_default(),
            sensitive: Map::new(),
        });
    }
}

fn add_old(module: OldModule, held: &mut Held) {
    let path = module
        .path
        .iter()
        .skip(1)
        .map(|name| format!("module.{name}."));
    let path: String = path.collect();
    for (key, resource) in module.resources {
        let sort = resource
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let replaced = resource.get("deposed").and_then(Value::as_array);
        for _ in replaced.into_iter().flatten() {
            held.deposed.push((sort.clone(), format!("{path}{key}")));
        }
        if replaced.is_some_and(|all| !all.is_empty())
            && resource.get("primary").is_none_or(Value::is_null)
        {
            continue;
        }
        let attributes = resource
            .pointer("/primary/attributes")
            .and_then(Value::as_object);
        held.resources.push(Resource {
            is_data: key.starts_with("data."),
            address: format!("{path}{key}"),
            sort,
            attributes: attributes.cloned().unwrap_or_default(),
            sensitive: Map::new(),
        });
    }
}

impl Resource {
    fn value(&self, name: &str) -> Option<&Value> {
        let secret = self.sensitive.get(name) == Some(&Value::Bool(true));
        self.attributes.get(name).filter(|_| !secret)
    }

    /// An attribute as text; blank if it is not there.
    pub fn text(&self, name: &str) -> String {
        self.value(name).map_or(String::new(), plain)
    }

    /// The first of several attributes that is not blank.
    pub fn first(&self, names: &[&str]) -> String {
        let mut all = names.iter().map(|name| self.text(name));
        all.find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// An attribute that says yes.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// An attribute that counts.
    pub fn count(&self, name: &str) -> Option<u32> {
        self.text(name).parse().ok()
    }

    /// An attribute that is a list of texts, sorted; what is blank, and not known yet, is left out.
    pub fn list(&self, name: &str) -> Vec<String> {
        let mut all = self.ordered(name);
        all.retain(|text| !text.is_empty());
        all.sort_unstable();
        all
    }

    /// An attribute that is a list of texts, as it stands there; what is not known yet is blank. Old states
    /// keep it as `name.123`.
    pub fn ordered(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::Array(values)) => values.iter().map(plain).collect(),
            Some(Value::Null) => Vec::new(),
            Some(other) => vec![plain(other)],
            None => self.flat(&[name]),
        }
    }

    /// Texts at a path of names in an old state, which writes `name.0.other.123` for blocks within blocks.
    fn flat(&self, path: &[&str]) -> Vec<String> {
        let is_number = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
        let mut found = Vec::new();
        for (key, value) in &self.attributes {
            let (numbers, names): (Vec<&str>, Vec<&str>) = key.split('.').partition(is_number);
            if names == path && !numbers.is_empty() {
                let numbers = numbers.iter().filter_map(|n| n.parse::<u64>().ok());
                found.push((numbers.collect::<Vec<u64>>(), plain(value)));
            }
        }
        found.sort();
        found.into_iter().map(|(_, text)| text).collect()
    }

    /// Texts at a path of names through blocks, of which there may be several: `load_balancer`,
    /// `target_group_arn`. Each once, sorted.
    pub fn within(&self, path: &[&str]) -> Vec<String> {
        let mut found = self.each(path);
        found.retain(|text| !text.is_empty());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Texts at a path of names through blocks, as they stand there; what is not known yet is blank.
    pub fn each(&self, path: &[&str]) -> Vec<String> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let Some(first) = self.value(first) else {
            return self.flat(path);
        };
        let mut at = vec![first];
        for name in rest {
            let opened = at.into_iter().flat_map(|value| match value {
                Value::Array(all) => all.iter().collect::<Vec<_>>(),
                other => vec![other],
            });
            at = opened.filter_map(|value| value.get(name)).collect();
        }
        at.into_iter()
            .flat_map(|value| match value {
                Value::Array(all) => all.iter().map(plain).collect(),
                other => vec![plain(other)],
            })
            .collect()
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
