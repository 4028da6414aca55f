//! A scenario to start from. In: what an import knows. Out: the text of a scenario file that reads and runs
//! as it stands, with comments that say what to fill in.

use crate::model::{Draft, Role, visible};

/// A scenario file as data.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioFile {
    /// Its name in the inventory's folder.
    pub file: &'static str,
    /// What it is called in reports.
    pub name: String,
    /// What stands at its head, as comments.
    pub about: Vec<String>,
    /// Known outages: an id or a selector, and why.
    pub down: Vec<(String, String)>,
    /// What has less capacity now: an id or a selector, and which part of it is left.
    pub derate: Vec<(String, f64)>,
    /// Whether what is placed restarts elsewhere; `None` says nothing.
    pub restart: Option<Restart>,
    /// How many elements fail at a time.
    pub order: u32,
    /// Selectors of what may fail; blank is everything.
    pub elements: Vec<String>,
    /// Selectors of what may not, and why.
    pub exclude: Vec<(String, String)>,
    /// What fails as a whole, by name: selectors.
    pub contingencies: Vec<(String, Vec<String>)>,
    /// Rules to start from.
    pub policies: Vec<PolicyLine>,
    /// What nobody but the reader knows, as comments at the end.
    pub fill_in: Vec<String>,
}

/// Whether what is placed on hosts restarts elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It does.
    Yes,
    /// It does not: the first minutes.
    No,
    /// Both, side by side.
    Both,
}

/// A rule: services and how many failures they survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// What it is called.
    pub name: String,
    /// Ids and selectors of services.
    pub services: Vec<String>,
    /// No contingency of so many elements leaves one of them degraded or down.
    pub survives: u32,
    /// After any contingency up to this order every instance runs; `None` says nothing.
    pub restarts: Option<u32>,
}

impl Default for ScenarioFile {
    fn default() -> Self {
        Self {
            file: "scenario.toml",
            name: String::new(),
            about: Vec::new(),
            down: Vec::new(),
            derate: Vec::new(),
            restart: None,
            order: 1,
            elements: Vec::new(),
            exclude: Vec::new(),
            contingencies: Vec::new(),
            policies: Vec::new(),
            fill_in: Vec::new(),
        }
    }
}

impl ScenarioFile {
    /// What can be asked of any inventory: whether every service survives any single failure.
    #[must_use]
    pub fn of(draft: &Draft) -> Self {
        let has_services = draft
            .nodes
            .iter()
            .any(|d| matches!(d.node.role, Role::Service(_)));
        let policy = PolicyLine {
            name: "Every service survives any single failure".to_owned(),
            services: vec!["kind=service".to_owned()],
            survives: 1,
            restarts: None,
        };
        Self {
            name: draft.name.clone(),
            policies: has_services.then_some(policy).into_iter().collect(),
            ..Self::default()
        }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.about {
            comment(&mut out, line);
        }
        out.push_str(&format!("name = {}\n", quoted(&self.name)));
        out.push_str("inventory = \".\"                  # this folder\n");
        with_reasons(&mut out, "down", &self.down, "known outages");
        if !self.derate.is_empty() {
            out.push_str("\n[derate]\n");
        }
        for (id, factor) in &self.derate {
            out.push_str(&format!("{} = {factor:?}\n", quoted(id)));
        }
        if let Some(restart) = self.restart {
            let line = match restart {
                Restart::Yes => "restart = true",
                Restart::No => "restart = false                    # the first minutes",
                Restart::Both => {
                    "both = true                        # the first minutes, and after restarts"
                }
            };
            out.push_str(&format!("\n[placement]\n{line}\n"));
        }
        out.push_str(
            "\n[[load]]\nname = \"today\"                   # the demand column of services.csv\n",
        );
        out.push_str(&format!("\n[sweep]\norder = {}\n", self.order));
        if !self.elements.is_empty() {
            out.push_str(&format!("elements = [{}]\n", list(&self.elements)));
        }
        with_reasons(&mut out, "exclude", &self.exclude, "");
        for (name, down) in &self.contingencies {
            let (name, down) = (quoted(name), list(down));
            out.push_str(&format!(
                "\n[[contingency]]\nname = {name}\ndown = [{down}]\n"
            ));
        }
        for policy in &self.policies {
            out.push_str(&format!(
                "\n[[policy]]\nname = {}\nservices = [{}]\nload = \"today\"\nsurvives = {}\n",
                quoted(&policy.name),
                list(&policy.services),
                policy.survives
            ));
            if let Some(order) = policy.restarts {
                out.push_str(&format!("restarts = {order}\n"));
            }
        }
        if !self.fill_in.is_empty() {
            out.push_str("\n# What the export does not hold and only you know:\n");
        }
        for line in &self.fill_in {
            comment(&mut out, &format!("- {line}"));
        }
        out
    }
}

/// One line of a list for each entry, with the reason beside it.
fn with_reasons(out: &mut String, key: &str, entries: &[(String, String)], what: &str) {
    if entries.is_empty() {
        return;
    }
    let head = if what.is_empty() {
        String::new()
    } else {
        format!("  # {what}")
    };
    out.push_str(&format!("{key} = [{head}\n"));
    for (entry, why) in entries {
        out.push_str(&format!("  {},", quoted(entry)));
        if !why.is_empty() {
            out.push_str(&format!("  # {}", one_line(why)));
        }
        out.push('\n');
    }
    out.push_str("]\n");
}

fn comment(out: &mut String, line: &str) {
    out.push_str(&format!("# {}\n", one_line(line)));
}

/// A comment ends where its line ends.
fn one_line(text: &str) -> String {
    let text = visible(text);
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|t| quoted(t)).collect();
    quoted.join(", ")
}
