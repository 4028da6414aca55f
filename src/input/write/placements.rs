//! Rows of placements.csv. In: rows as plain data. Out: the file's text, in order of instance.

use std::collections::BTreeMap;
use std::io::{self, Write};

/// What placements.csv says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placements {
    /// Amount columns in the order that they stand in the file, the one that decides who is larger first:
    /// `amount` of the host's own capacity, `/memory` of its child `HOST/memory`.
    pub resources: Vec<String>,
    /// One row for each instance.
    pub rows: Vec<Placement>,
}

/// One instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// The component that is placed.
    pub instance: String,
    /// Where it may run.
    pub hosts: Hosts,
    /// Where it runs now; `None` is where it lands when nothing has failed.
    pub host: Option<String>,
    /// 1 restarts first; `None` is last.
    pub priority: Option<u32>,
    /// Two instances with the same word never share a host.
    pub apart: Option<String>,
    /// The kind of domain that those two never share; `None` is the host.
    pub apart_by: Option<String>,
    /// What it takes of each resource, by the names of [`Placements::resources`]; none is a blank cell.
    pub amounts: BTreeMap<String, f64>,
}

/// The components that an instance may run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// These, in this order.
    Ids(Vec<String>),
    /// What a selector finds, such as `kind=node zone=a`.
    Selector(String),
}

impl Default for Hosts {
    fn default() -> Self {
        Self::Ids(Vec::new())
    }
}

impl Placements {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows: Vec<&Placement> = self.rows.iter().collect();
        rows.sort_by(|x, y| x.instance.cmp(&y.instance));
        let used = [
            rows.iter().any(|r| r.host.is_some()),
            rows.iter().any(|r| r.priority.is_some()),
            rows.iter().any(|r| r.apart.is_some()),
            rows.iter().any(|r| r.apart_by.is_some()),
        ];
        let mut csv = super::tables::writer(out);
        csv.write_field("instance")?;
        csv.write_field("hosts")?;
        for (name, used) in ["host", "priority", "apart", "apart_by"].iter().zip(used) {
            if used {
                csv.write_field(name)?;
            }
        }
        for resource in &self.resources {
            csv.write_field(resource)?;
        }
        csv.write_record(None::<&[u8]>)?;
        for row in rows {
            csv.write_field(&row.instance)?;
            match &row.hosts {
                Hosts::Ids(ids) => csv.write_field(ids.join(";"))?,
                Hosts::Selector(selector) => csv.write_field(selector)?,
            }
            let priority = row.priority.map(|p| p.to_string());
            let cells = [&row.host, &priority, &row.apart, &row.apart_by];
            for (cell, used) in cells.into_iter().zip(used) {
                if used {
                    csv.write_field(cell.as_deref().unwrap_or_default())?;
                }
            }
            for resource in &self.resources {
                let amount = row.amounts.get(resource).copied();
                csv.write_field(amount.map(super::tables::number).unwrap_or_default())?;
            }
            csv.write_record(None::<&[u8]>)?;
        }
        csv.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_order_of_instance_and_blank_columns_are_left_out() {
        let row = |instance: &str, hosts, amount| Placement {
            instance: instance.to_owned(),
            hosts,
            host: Some("h1".to_owned()),
            amounts: [("/memory".to_owned(), amount)].into(),
            ..Placement::default()
        };
        let placements = Placements {
            resources: vec!["/memory".to_owned()],
            rows: vec![
                row("vm-2", Hosts::Selector("kind=host, x".to_owned()), 0.5),
                row(
                    "vm-1",
                    Hosts::Ids(vec!["h1".to_owned(), "h2".to_owned()]),
                    4.0,
                ),
            ],
        };
        let mut out = Vec::new();
        placements.write(&mut out).expect("written");
        let text = "instance,hosts,host,/memory\nvm-1,h1;h2,h1,4\nvm-2,\"kind=host, x\",h1,0.5\n";
        assert_eq!(String::from_utf8(out).expect("text"), text);
    }
}
