//! brownout: which services become at-risk, degraded or down when things fail, at the load to come.
//!
//! This page is the architecture of the crate, for somebody who wants to change it or to use it as a
//! library. What the program does is in README.md and in the manual under `docs/`; how to build and
//! test it, and which files a change touches, is in CONTRIBUTING.md.
//!
//! # The flow of one assessment
//!
//! ```text
//! CSV, TOML ── input ──► System, Scenario ── compile ──► CompiledSystem
//!                                                             │
//!                                          engine: one state, by the million
//!                                                             │
//!              analysis: base states, sweep, probabilities, horizon, policies, fixes
//!                                                             │
//!                         outcomes ── report ──► text, JSON, CSV, page, figures
//! ```
//!
//! 1. [`input::load`] reads a scenario and the inventory that it names. It gives either a
//!    [`model::System`] with a [`model::Scenario`], both valid as a whole, or every fault of every file
//!    at once. Nothing is checked again after this door.
//! 2. [`compile::compile`] turns the system into flat arrays. It cannot fail. [`analysis::Study`] does
//!    this for you, with the deratings of the scenario.
//! 3. The [`engine`] evaluates one state: which nodes work, what each carries, what each service gets.
//!    A failure on top of a state costs what it touches, and it can be undone.
//! 4. The [`analysis`] modules ask the engine for many states: [`analysis::Study::state`] for one with its
//!    statuses, [`analysis::Study::sweep`] for every contingency up to an order, [`analysis::montecarlo`]
//!    and [`analysis::exact`] for probabilities, [`analysis::timeline`] for every hour of a horizon. Then
//!    [`analysis::judge()`] holds the policies against what was found, and [`analysis::fix`] looks for
//!    the smallest changes after which they hold. [`analysis::assess()`] does all of this, in that order,
//!    and comes to the verdict: it is what the commands `assess`, `verify` and `diff` call.
//! 5. [`report`] gives numbers their names (`report::naming`), which makes a document: the result as it
//!    is kept in JSON. Every renderer and every comparison reads documents, and never the engine, so a recorded
//!    result renders to the same bytes.
//! 6. The command line (`cli`, with the default feature of that name) parses arguments, shows progress,
//!    writes files and chooses the exit code.
//!
//! # The floors
//!
//! Imports only go down. Modules on one floor do not know each other.
//!
//! | floor | module | what it holds |
//! |---|---|---|
//! | 6 | `cli` | arguments, progress, files, exit codes; one file a command |
//! | 5 | [`live`] | one estate kept open and asked again and again; what the page of `explore` runs |
//! | 4 | [`report`] | documents and renderers; computes nothing |
//! | 3 | [`analysis`] | many states, on many threads; random numbers come from `montecarlo::stream` alone |
//! | 2 | [`compile`] | from the system to the arrays of the engine |
//! | 1 | [`input`] | text to a valid system, or every reason why not; imports and generated estates |
//! | 1 | [`engine`] | one state; no names, no files, no threads, no randomness |
//! | 0 | [`model`] | the vocabulary, as plain data, and the constructor that checks every invariant |
//!
//! # What is promised everywhere
//!
//! - The same files give the same bytes, for any number of threads. Random numbers are a function of the seed
//!   and of the number of a block of trials; results are merged in the order of blocks.
//! - What was not computed is a value with a reason, never a zero. A list that was cut says so.
//! - The incremental evaluation equals the full one to the last bit.
//! - Reading is pure: an inventory in memory ([`input::Texts`]) is as good as one on a disk.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | node | anything with a number in a system: component, link, flow or service ([`model::NodeId`]) |
//! | requirement | what a consumer needs of its providers: k of n, and how the load splits ([`model::Requirement`]) |
//! | state | a set of failed nodes; works does not depend on demand, load and delivered do |
//! | element | a component or link that may fail in a sweep |
//! | contingency | a set of elements that fail together, on top of the known outages |
//! | load case, lane | one named demand of every service; the engine evaluates several at once, one per lane |
//! | delivered | the part of its demand that a service gets, 0 to 1 |
//! | headroom, limit | by how much all demand can grow until a service gets less than all; the node that sets it |
//! | minimal set | a contingency that harms a service while no part of it does as much harm |
//! | outcome | a result of an analysis, with numbers for nodes |
//! | document | a result with names, as kept in JSON |
//!
//! [`report::glossary`] has the words of the reports.
//!
//! # An example
//!
//! Three servers of 400 carry today's 700 orders, and also do so with one of them out. At quarter-end, two are
//! not enough.
//!
//! ```
//! use brownout::analysis::fix::Change;
//! use brownout::analysis::{NoWatch, Options, Study, VerdictWord, assess};
//! use brownout::input::{Overrides, Texts, load_from};
//! use brownout::model::{CaseId, Status};
//! use jiff::civil::Date;
//! use std::path::Path;
//!
//! let files = [
//!     ("estate/components.csv", "id,kind,capacity\napp-1,server,400\napp-2,server,400\napp-3,server,400\n"),
//!     ("estate/services.csv", "id,demand\norders,700\n"),
//!     ("estate/dependencies.csv", "consumer,provider,group,need\n\
//!         orders,app-1,servers,any\norders,app-2,servers,\norders,app-3,servers,\n"),
//!     ("quarter-end.toml", "inventory = 'estate'\ndown = ['app-3']\n\
//!         [[load]]\nname = 'today'\n\
//!         [[load]]\nname = 'quarter-end'\npeak = true\ndemand = { orders = 1100 }\n\
//!         [[policy]]\nname = 'delivered'\nload = 'quarter-end'\nsurvives = 0\n"),
//! ];
//! let files = Texts(files.map(|(path, text)| (path.to_owned(), text.into())).into());
//! let loaded = load_from(&files, Path::new("quarter-end.toml"), &Overrides::default()).unwrap();
//! let study = Study::new(&loaded.system, &loaded.scenario);
//!
//! let today = &study.state(&[], CaseId(0)).services[0];
//! assert_eq!((today.status, today.delivered), (Status::AtRisk, 1.0));
//!
//! let quarter_end = &study.state(&[], CaseId(1)).services[0];
//! assert_eq!(quarter_end.status, Status::Degraded);
//! assert!((quarter_end.delivered - 800.0 / 1100.0).abs() < 1e-12);
//! assert_eq!(loaded.system.id(quarter_end.limit.unwrap()), "app-1");
//!
//! // Every single failure on top of the outage: one more server lost, and 400 of 700 are left.
//! let sweep = study.sweep(1, &NoWatch);
//! assert_eq!((sweep.elements, sweep.services[0].orders[0].degraded), (2, 2));
//!
//! // All that the scenario asks: orders must be delivered at quarter-end, and are not. What would help?
//! let found = assess(&study, &Options::of(&loaded, Date::default()), &NoWatch).unwrap();
//! assert_eq!(found.verdict, VerdictWord::Breached);
//! let fixes = found.fixes.unwrap();
//! assert_eq!(fixes.repairs[0].changes, [Change::Restore(loaded.system.find("app-3").unwrap())]);
//! assert!(fixes.repairs[0].holds);
//! ```

pub mod analysis;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compile;
pub mod engine;
pub mod input;
pub mod live;
pub mod model;
pub mod report;

#[cfg(test)]
extern crate self as brownout;
