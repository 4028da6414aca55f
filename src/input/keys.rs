//! TOML → values with places. In: a source. Out: tables that are asked for their keys by name and
//! kind. Promises every fault at once: a syntax error hides no other file's faults, a value of the
//! wrong kind is reported where it stands, and a key nobody asked for is a fault of its own.

use super::diagnostic::{Diagnostic, Source};
use super::number::Range as NumberRange;
use super::placed::Placed;
use super::{Faults, suggest};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A parsed TOML file.
pub struct TomlFile<'s> {
    source: &'s Arc<Source>,
    root: toml::Spanned<DeTable<'s>>,
    faults: RefCell<Faults>,
}

/// One table of it, and which of its keys were asked for.
pub struct Keys<'f> {
    file: &'f TomlFile<'f>,
    table: &'f DeTable<'f>,
    span: Range<usize>,
    /// What it is, as `a load case`.
    title: &'static str,
    known: RefCell<Vec<&'f str>>,
}

/// A value that was not read yet.
pub struct Value<'f> {
    file: &'f TomlFile<'f>,
    raw: &'f DeValue<'f>,
    span: Range<usize>,
}

impl<'s> TomlFile<'s> {
    /// Parses a source. After a syntax error what could be made out is still there, but
    /// [`TomlFile::is_sound`] says no.
    pub fn parse(source: &'s Arc<Source>) -> Self {
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        let mut faults = Faults::new();
        for e in telling(&errors, &source.text) {
            let span = e.span().unwrap_or(0..0);
            let message = e.message().trim().replace('\n', ", ");
            faults.push(Diagnostic::error(format!("TOML: {message}")).at(source, span));
        }
        Self {
            source,
            root,
            faults: RefCell::new(faults),
        }
    }

    /// Whether nothing was wrong so far.
    pub fn is_sound(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// The whole file as a table.
    pub fn root<'f>(&'f self, what: &'static str) -> Keys<'f>
    where
        's: 'f,
    {
        Keys {
            file: self,
            table: self.root.get_ref(),
            span: 0..0,
            title: what,
            known: RefCell::default(),
        }
    }

    /// Everything that was wrong.
    pub fn into_faults(self) -> Faults {
        self.faults.into_inner()
    }

    fn fault(&self, fault: Diagnostic) {
        self.faults.borrow_mut().push(fault);
    }
}

impl<'f> Keys<'f> {
    /// The value of a key, which is then known.
    pub fn value(&self, key: &'static str) -> Option<Value<'f>> {
        self.known.borrow_mut().push(key);
        let value = self.table.get(key)?;
        Some(Value {
            file: self.file,
            raw: value.get_ref(),
            span: value.span(),
        })
    }

    /// A fault at the table's header, for what it lacks.
    pub fn lacks(&self, key: &str, help: impl Into<String>) {
        let message = format!("{} has no `{key}`", self.title);
        self.file.fault(self.error(message).help(help));
    }

    /// A fault at the table's header.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(self.file.source, self.span.clone())
    }

    /// The table itself, as something that has a place.
    pub fn placed<T>(&self, value: T) -> Placed<T> {
        Placed::new(value, self.file.source, self.span.clone())
    }

    /// Records a fault.
    pub fn fault(&self, fault: Diagnostic) {
        self.file.fault(fault);
    }

    /// Every key that was not asked for, as free names: ids or kinds.
    pub fn entries(&self) -> impl Iterator<Item = (Placed<String>, Value<'f>)> {
        self.table.iter().map(|(key, value)| {
            let name = Placed::new(key.get_ref().to_string(), self.file.source, key.span());
            let value = Value {
                file: self.file,
                raw: value.get_ref(),
                span: value.span(),
            };
            (name, value)
        })
    }

    /// Every key that starts so, which is then known.
    pub fn starting(&self, start: char) -> Vec<(Placed<String>, Value<'f>)> {
        let keys = self.table.keys().map(|key| key.get_ref().as_ref());
        let fits = |key: &&str| key.starts_with(start);
        self.known.borrow_mut().extend(keys.filter(fits));
        let entries = self.entries();
        entries
            .filter(|(name, _)| fits(&name.value.as_str()))
            .collect()
    }

    /// The text that a key has.
    pub fn text(&self, key: &'static str) -> Option<Placed<String>> {
        self.value(key)?.text()
    }

    /// A number in a range.
    pub fn number(&self, key: &'static str, range: NumberRange) -> Option<Placed<f64>> {
        self.value(key)?.number(range)
    }

    /// A whole number ≥ `least`.
    pub fn whole(&self, key: &'static str, least: u64) -> Option<Placed<u64>> {
        self.value(key)?.whole(least)
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &'static str) -> Option<Placed<bool>> {
        self.value(key)?.flag()
    }

    /// One text or a list of texts.
    pub fn texts(&self, key: &'static str) -> Option<Vec<Placed<String>>> {
        self.value(key)?.texts()
    }

    /// One text or a list of at least one.
    pub fn some_texts(&self, key: &'static str) -> Option<Vec<Placed<String>>> {
        let value = self.value(key)?;
        if matches!(value.raw, DeValue::Array(items) if items.is_empty()) {
            let help = format!("name something, or leave `{key}` out");
            value.fault("this list is empty".to_owned(), Some(&help));
            return None;
        }
        value.texts()
    }

    /// The table that a key has; `what` names it in faults.
    pub fn table(&self, key: &'static str, what: &'static str) -> Option<Keys<'f>> {
        self.value(key)?.table(what)
    }

    /// A list of tables, `[[key]]`.
    pub fn tables(&self, key: &'static str, what: &'static str) -> Vec<Keys<'f>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.raw else {
            value.wrong(&format!("a list of tables: write `[[{key}]]`"));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| {
                let value = Value {
                    file: self.file,
                    raw: item.get_ref(),
                    span: item.span(),
                };
                value.table(what)
            })
            .collect()
    }

    /// Whether there are keys that nobody asked for so far.
    pub fn has_unknown(&self) -> bool {
        let known = self.known.borrow();
        let mut keys = self.table.keys();
        keys.any(|k| !known.contains(&k.get_ref().as_ref()))
    }

    /// Faults every key that nobody asked for.
    pub fn finish(self) {
        let known = self.known.borrow();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let free = known
                .iter()
                .copied()
                .filter(|k| !self.table.contains_key(*k));
            let meant = suggest::meant(name, &free).or_else(|| suggest::nearest(name, free));
            let help = meant.map_or_else(
                || format!("it may have: {}", listed(&known)),
                |meant| format!("did you mean `{meant}`?"),
            );
            let message = format!("{} has no key `{name}`", self.title);
            self.file.fault(
                Diagnostic::error(message)
                    .at(self.file.source, key.span())
                    .help(help),
            );
        }
    }
}

impl<'f> Value<'f> {
    /// Its place, with a value of the reader's making.
    pub fn placed<T>(&self, value: T) -> Placed<T> {
        Placed::new(value, self.file.source, self.span.clone())
    }

    /// Records that it is of the wrong kind.
    pub fn wrong(&self, wanted: &str) {
        self.not(wanted, None);
    }

    /// The same, with what to write instead.
    fn not(&self, wanted: &str, help: Option<&str>) {
        let is = match self.raw {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(format!("this is {is}, not {wanted}"), help);
    }

    /// What stands in it, if that is a text, without blanks around.
    fn quoted(&self) -> &str {
        match self.raw {
            DeValue::String(text) => text.trim(),
            _ => "",
        }
    }

    /// What to write where a number is wanted: the one that stands in quotes, if there is one.
    fn as_number(&self) -> String {
        let of = |text: &str| text.parse().ok().filter(|n: &f64| n.is_finite());
        let quoted = self.quoted();
        let percent = quoted.strip_suffix('%').and_then(|n| of(n.trim()));
        match (of(quoted), percent) {
            (Some(number), _) => format!("write it without quotes: {number}"),
            (None, Some(percent)) => format!(
                "write it as a fraction, without quotes: {}",
                percent / 100.0
            ),
            (None, None) => "write a number, without quotes: 0.5".to_owned(),
        }
    }

    /// The same where a whole number is wanted.
    fn as_whole(&self) -> String {
        match self.quoted().parse::<u64>() {
            Ok(number) => format!("write it without quotes: {number}"),
            Err(_) => "write a whole number, without quotes: 2".to_owned(),
        }
    }

    fn fault(&self, message: String, help: Option<&str>) {
        let fault = Diagnostic::error(message).at(self.file.source, self.span.clone());
        self.file.fault(match help {
            Some(help) => fault.help(help),
            None => fault,
        });
    }

    /// The text of a cell: a text or a date as it is, a number in its shortest form, `yes` or `no`, the
    /// parts of a list with `;` between them.
    pub fn cell(&self) -> Option<Placed<String>> {
        let text = match self.raw {
            DeValue::String(text) => text.trim().to_owned(),
            DeValue::Integer(integer) => {
                let value = i128::from_str_radix(integer.as_str(), integer.radix());
                value.unwrap_or(i128::MAX).to_string()
            }
            DeValue::Float(float) => finite_of(float.as_str()).to_string(),
            DeValue::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            DeValue::Datetime(date) => date.to_string(),
            DeValue::Array(_) => {
                let parts = self.texts()?.into_iter().map(|p| p.value.trim().to_owned());
                parts.collect::<Vec<_>>().join(";")
            }
            DeValue::Table(_) => {
                self.wrong("a text, a number, true or false");
                return None;
            }
        };
        Some(self.placed(text))
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        matches!(self.raw, DeValue::Table(_))
    }

    /// The value as a text.
    pub fn text(&self) -> Option<Placed<String>> {
        if let DeValue::String(text) = self.raw {
            Some(self.placed(text.to_string()))
        } else {
            self.wrong("a text: put it in quotes");
            None
        }
    }

    /// A text, if it is one.
    pub fn text_quietly(&self) -> Option<Placed<String>> {
        matches!(self.raw, DeValue::String(_))
            .then(|| self.text())
            .flatten()
    }

    /// A text, or a date that stands without quotes.
    pub fn text_or_date(&self) -> Option<Placed<String>> {
        match self.raw {
            DeValue::Datetime(date) => Some(self.placed(date.to_string())),
            _ => self.text(),
        }
    }

    /// A number in a range.
    pub fn number(&self, range: NumberRange) -> Option<Placed<f64>> {
        let value = match self.raw {
            DeValue::Float(float) => finite_of(float.as_str()),
            DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
                .map_or(f64::MAX, |n| n.to_string().parse().unwrap_or(f64::MAX)),
            _ => {
                self.not("a number", Some(&self.as_number()));
                return None;
            }
        };
        match range.check(value) {
            Ok(value) => Some(self.placed(value)),
            Err(wrong) => {
                self.fault(format!("this {}", wrong.what), Some(wrong.help));
                None
            }
        }
    }

    /// A whole number ≥ `least`.
    pub fn whole(&self, least: u64) -> Option<Placed<u64>> {
        let DeValue::Integer(integer) = self.raw else {
            self.not("a whole number", Some(&self.as_whole()));
            return None;
        };
        let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok();
        let fitting = number.and_then(|n| u64::try_from(n).ok());
        let Some(number) = fitting.filter(|&n| n >= least) else {
            let help = format!(
                "write a whole number from {least} on, such as {}",
                least.max(1)
            );
            self.fault(
                format!("this is no whole number of {least} or more"),
                Some(&help),
            );
            return None;
        };
        Some(self.placed(number))
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Option<Placed<bool>> {
        let flag = match self.raw {
            DeValue::Boolean(flag) => Some(*flag),
            // As columns say it.
            DeValue::String(word) if word == "yes" => Some(true),
            DeValue::String(word) if word == "no" => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.not(
                "true or false",
                Some("write `true` or `false`, without quotes"),
            );
        }
        flag.map(|flag| self.placed(flag))
    }

    /// One text or a list of texts.
    pub fn texts(&self) -> Option<Vec<Placed<String>>> {
        match self.raw {
            DeValue::Array(items) => Some(
                items
                    .iter()
                    .filter_map(|item| {
                        let value = Value {
                            file: self.file,
                            raw: item.get_ref(),
                            span: item.span(),
                        };
                        value.text()
                    })
                    .collect(),
            ),
            DeValue::String(_) => Some(self.text().into_iter().collect()),
            _ => {
                self.wrong("a list of texts");
                None
            }
        }
    }

    /// A list of texts, or of dates that stand without quotes.
    pub fn texts_or_dates(&self) -> Option<Vec<Placed<String>>> {
        let DeValue::Array(items) = self.raw else {
            return self.text_or_date().map(|one| vec![one]);
        };
        let read = items.iter().filter_map(|item| {
            let value = Value {
                file: self.file,
                raw: item.get_ref(),
                span: item.span(),
            };
            value.text_or_date()
        });
        Some(read.collect())
    }

    /// The value as a table; `what` names it in faults.
    pub fn table(&self, what: &'static str) -> Option<Keys<'f>> {
        if let DeValue::Table(table) = self.raw {
            Some(Keys {
                file: self.file,
                table,
                span: self.span.clone(),
                title: what,
                known: RefCell::default(),
            })
        } else {
            self.wrong("a table");
            None
        }
    }
}

/// A number; digits that say more than any number can hold become the greatest one, which is
/// refused as too large.
fn finite_of(text: &str) -> f64 {
    match text.parse::<f64>() {
        Ok(x) if x.is_infinite() && text.contains(|c: char| c.is_ascii_digit()) => {
            f64::MAX.copysign(x)
        }
        Ok(x) => x,
        Err(_) => f64::INFINITY,
    }
}

/// The errors that say something new. The parser stumbles on after an error: what follows on the
/// same line, or anywhere after something unclosed, is an echo.
fn telling<'e>(errors: &'e [toml::de::Error], text: &str) -> Vec<&'e toml::de::Error> {
    let first = |e: &toml::de::Error| e.span().map_or(0, |s| s.start);
    if errors.iter().any(|e| e.message().starts_with("unclosed")) {
        return errors.iter().min_by_key(|e| first(e)).into_iter().collect();
    }
    let mut found: Vec<&toml::de::Error> = errors.iter().collect();
    found.sort_by_key(|e| first(e));
    found.dedup_by(|later, kept| {
        let between = text.get(first(kept)..first(later));
        between.is_some_and(|t| !t.contains('\n'))
    });
    found
}

fn listed(known: &[&str]) -> String {
    let mut all = known.to_vec();
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}
