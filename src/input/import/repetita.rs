//! Repetita topologies and demands.
//!
//! In: a `.graph` file (`NODES n`, a header, n rows `label x y`; `EDGES m`, a header, m rows
//! `label src dest weight bw delay`, one for each direction) and, as a second file, a `.demands`
//! file (`DEMANDS n`, a header, n rows `label src dest bw`). Nodes are numbered from 0 in the order
//! of their rows; bandwidths are kbit/s. Twins are paired into links; over an edge without a twin nothing is
//! carried back.

use super::super::{Diagnostic, Faults, Source};
use super::network::{At, Network, RawDemand, RawEdge, RawNode, Twins};
use std::ops::Range;
use std::sync::Arc;

/// Whether a text starts with a count of nodes or of demands.
pub(super) fn looks_like(source: &Source) -> bool {
    let first = super::sniff::head(source)
        .lines()
        .find(|l| !l.trim().is_empty());
    let mut words = first.unwrap_or_default().split_whitespace();
    let named = words
        .next()
        .is_some_and(|w| matches!(w, "NODES" | "DEMANDS"));
    named && words.next().is_some_and(|n| n.parse::<u64>().is_ok())
}

pub(super) fn read(sources: &[Arc<Source>]) -> Network {
    let mut faults = Faults::new();
    let mut network = Network {
        unit: Some("kbit/s"),
        twins: Twins::Always,
        demands_in: "there is no .demands file, or it has no rows",
        ..Network::default()
    };
    let [mut graphs, mut matrices] = [0, 0];
    for source in sources {
        let rows = rows(source);
        let keyword = rows.first().and_then(|row| row.words().next());
        let count = match keyword {
            Some("NODES") => &mut graphs,
            Some("DEMANDS") => &mut matrices,
            _ => {
                let fault = Diagnostic::error("this is neither a .graph nor a .demands file");
                let help = "the one starts with NODES and a number, the other with DEMANDS";
                faults.push(fault.at(source, 0..1).help(help));
                continue;
            }
        };
        *count += 1;
        if *count > 1 {
            let fault = Diagnostic::error("there is a second file of this sort");
            faults.push(fault.at(source, 0..1).help("import one topology at a time"));
            continue;
        }
        let mut reader = Reader {
            source,
            faults: &mut faults,
        };
        reader.read(&rows, &mut network);
    }
    if graphs == 0 && faults.is_empty() {
        let fault = Diagnostic::error("there is no .graph file among the files");
        faults.push(fault.help("name the topology first, then its demands"));
    }
    name_ends(&mut network);
    network.faults = faults;
    network
}

/// A row that is not blank.
#[derive(Clone)]
struct Row<'a> {
    text: &'a str,
    span: Range<usize>,
}

impl<'a> Row<'a> {
    fn words(&self) -> std::str::SplitWhitespace<'a> {
        self.text.split_whitespace()
    }

    /// A label, which may hold spaces, and `n` words after it.
    fn label_and(&self, n: usize) -> Option<(String, Vec<&'a str>)> {
        let words: Vec<&str> = self.words().collect();
        let at = words.len().checked_sub(n).filter(|&at| at > 0)?;
        Some((words[..at].join(" "), words[at..].to_vec()))
    }
}

fn rows(source: &Source) -> Vec<Row<'_>> {
    let mut start = 0;
    let mut rows = Vec::new();
    for line in source.text.split_inclusive('\n') {
        let text = line.trim();
        if !text.is_empty() {
            let at = start + (line.len() - line.trim_start().len());
            let span = at..at + text.len();
            rows.push(Row { text, span });
        }
        start += line.len();
    }
    rows
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    /// Reads sections, each with a keyword, a count, a header and as many rows.
    fn read(&mut self, rows: &[Row], network: &mut Network) {
        let mut rest = rows;
        while let Some((head, after)) = rest.split_first() {
            let words: Vec<&str> = head.words().collect();
            let (name, count) = match words[..] {
                [name @ ("NODES" | "EDGES" | "DEMANDS"), count] => (name, count.parse().ok()),
                _ => ("", None),
            };
            let Some(count) = count else {
                let fault = self.at(head).error("a section is expected here");
                let help = "write NODES, EDGES or DEMANDS and the number of rows";
                return self.faults.push(fault.help(help));
            };
            let body = after.get(1..).unwrap_or_default();
            if body.len() < count {
                let found = body.len();
                let message = format!("{count} rows are announced, {found} are there");
                return self.faults.push(self.at(head).error(message));
            }
            let (body, after) = body.split_at(count);
            for row in body {
                match name {
                    "NODES" => self.node(row, network),
                    "EDGES" => self.edge(row, network),
                    _ => self.demand(row, network),
                }
            }
            rest = after;
        }
    }

    fn at(&self, row: &Row) -> At {
        At::new(self.source, row.span.clone())
    }

    fn node(&mut self, row: &Row, network: &mut Network) {
        let Some((label, place)) = row.label_and(2) else {
            return self.malformed(row, "label x y");
        };
        let labels = ["x", "y"].into_iter().zip(place);
        network.nodes.push(RawNode {
            key: network.nodes.len().to_string(),
            id: label,
            name: None,
            kind: None,
            labels: labels
                .map(|(axis, x)| (axis.to_owned(), x.to_owned()))
                .collect(),
            at: self.at(row),
        });
    }

    fn edge(&mut self, row: &Row, network: &mut Network) {
        let Some((label, words)) = row.label_and(5) else {
            return self.malformed(row, "label src dest weight bw delay");
        };
        let metric = self.number(row, "weight", words[2]);
        let capacity = self.number(row, "bw", words[3]);
        network.edges.push(RawEdge {
            id: label,
            from: words[0].to_owned(),
            to: words[1].to_owned(),
            directed: true,
            capacity,
            metric,
            metric_back: None,
            labels: vec![("delay".to_owned(), words[4].to_owned())],
            at: self.at(row),
        });
    }

    fn demand(&mut self, row: &Row, network: &mut Network) {
        let Some((label, words)) = row.label_and(3) else {
            return self.malformed(row, "label src dest bw");
        };
        let volume = self.number(row, "bw", words[2]).unwrap_or_default();
        network.demands.push(RawDemand {
            id: label,
            from: words[0].to_owned(),
            to: words[1].to_owned(),
            volume,
            factor: 1.0,
            at: self.at(row),
        });
    }

    fn malformed(&mut self, row: &Row, form: &str) {
        let fault = self.at(row).error("the row has too few words");
        self.faults.push(fault.help(format!("write: {form}")));
    }

    fn number(&mut self, row: &Row, what: &str, word: &str) -> Option<f64> {
        let number = word.parse().ok();
        if number.is_none() {
            let fault = self
                .at(row)
                .error(format!("the {what} {word} is no number"));
            self.faults.push(fault);
        }
        number
    }
}

/// Ends are numbers; where one is not, it may be a node's label.
fn name_ends(network: &mut Network) {
    let labels: std::collections::HashMap<String, String> = network
        .nodes
        .iter()
        .map(|n| (n.id.clone(), n.key.clone()))
        .collect();
    let name = |end: &mut String| {
        if end.parse::<u32>().is_err()
            && let Some(key) = labels.get(end)
        {
            end.clone_from(key);
        }
    };
    for edge in &mut network.edges {
        name(&mut edge.from);
        name(&mut edge.to);
    }
    for demand in &mut network.demands {
        name(&mut demand.from);
        name(&mut demand.to);
    }
}
