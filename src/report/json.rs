//! Results as JSON: what people look for stands on lines of its own, and what there are thousands of is compact.
//!
//! Down to four levels every value has its line, indented; below, a value is written on one line. So a
//! list of services can be read and searched line by line, and a large result is half of what it would be
//! with everything on lines of its own.

use serde::Serialize;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// So many levels are opened out.
const OPEN: usize = 4;

/// Writes a document, with a final newline.
///
/// # Errors
/// It cannot be written.
pub fn write<T: Serialize>(document: &T, to: &mut dyn Write) -> io::Result<()> {
    let mut lines = serde_json::Serializer::with_formatter(&mut *to, Lines::default());
    document.serialize(&mut lines)?;
    to.write_all(b"\n")
}

/// Puts values on lines.
#[derive(Default)]
struct Lines {
    depth: usize,
    /// Whether what was closed or opened last holds something.
    has_value: bool,
}

impl Lines {
    fn open<W: ?Sized + Write>(&mut self, bracket: &[u8], to: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        to.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, bracket: &[u8], to: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value && self.depth < OPEN {
            self.line(to)?;
        }
        to.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, first: bool, to: &mut W) -> io::Result<()> {
        if !first {
            to.write_all(b",")?;
        }
        if self.depth <= OPEN {
            self.line(to)
        } else if first {
            Ok(())
        } else {
            to.write_all(b" ")
        }
    }

    fn line<W: ?Sized + Write>(&self, to: &mut W) -> io::Result<()> {
        to.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| to.write_all(b"  "))
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(b"[", to)
    }

    fn end_array<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(b"]", to)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(first, to)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(b"{", to)
    }

    fn end_object<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        self.close(b"}", to)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(first, to)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use serde_json::{Value, json};

    fn written(value: &Value) -> String {
        let mut bytes = Vec::new();
        write(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_lies_deep_is_on_one_line() {
        let value = json!({"a": [], "b": {}, "s": {"services": [{"id": "x", "sets": [{"e": [1, 2]}, {}], "none": []}]}});
        let expected = r#"{
  "a": [],
  "b": {},
  "s": {
    "services": [
      {
        "id": "x",
        "sets": [{"e": [1, 2]}, {}],
        "none": []
      }
    ]
  }
}
"#;
        assert_eq!(written(&value), expected);
    }

    #[test]
    fn lists_of_lists_come_back_as_they_were() {
        let deep = json!([[[[[[1, [2, []]], {}], "a,\n\"b"], null], [[]]], []]);
        assert_eq!(
            serde_json::from_str::<Value>(&written(&deep)).unwrap(),
            deep
        );
    }
}
