//! Text that came from users, made safe to show. In: any string. Out: a string without control or
//! direction-changing characters, cut to a bounded length where asked.

/// Text from a file, safe for a terminal: what is invisible, changes the direction of writing or is no
/// character at all is escaped.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = c.is_control() || invisible(c);
        match c {
            '\t' => out.push(' '),
            _ if hidden => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

/// Arguments as a POSIX shell takes them: whatever one holds, the shell gives it on as one argument, unchanged.
#[must_use]
pub fn shell(command: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    let quoted = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    command.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The first character that nobody sees: a control character, one that changes the direction of
/// writing, or one without a shape of its own.
#[must_use]
pub fn hidden(text: &str) -> Option<char> {
    text.chars().find(|&c| c.is_control() || invisible(c))
}

/// What such a character is, as `the control character U+0007`.
#[must_use]
pub fn hidden_words(c: char) -> String {
    let what = if c.is_control() {
        "the control character"
    } else {
        "the invisible character"
    };
    format!("{what} U+{:04X}", u32::from(c))
}

/// Characters without a shape of their own: of no width, marks of direction, tags, non-characters.
fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// [`visible`], and cut to `max` characters: a longer text keeps its head and its tail around a `…`,
/// because ids often differ in their last characters.
#[must_use]
pub fn short(text: &str, max: usize) -> String {
    let total = text.chars().count();
    if total <= max && text.len() < 4 * max {
        let shown = visible(text);
        if shown.chars().count() <= max {
            return shown;
        }
    }
    let keep = max.saturating_sub(1);
    let tail = keep / 3;
    let head = visible(&text.chars().take(keep).collect::<String>());
    let skip = total.saturating_sub(keep);
    let end = visible(&text.chars().skip(skip).collect::<String>());
    let end_len = end.chars().count();
    let head: String = head.chars().take(keep - tail).collect();
    let end: String = end.chars().skip(end_len.saturating_sub(tail)).collect();
    format!("{head}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped() {
        assert_eq!(
            visible("a\u{1b}[31m\nb\u{202e}c"),
            "a\\u{1b}[31m\\u{a}b\\u{202e}c"
        );
        assert_eq!(visible("\u{61c}\u{ffff}ü"), "\\u{61c}\\u{ffff}ü");
    }

    #[test]
    fn long_text_keeps_head_and_tail() {
        assert_eq!(short("short", 10), "short");
        let cut = short(&"0123456789".repeat(100), 10);
        assert_eq!(cut.chars().count(), 10);
        assert!(cut.starts_with("012345") && cut.ends_with("789"), "{cut}");
        assert!(short(&"\u{202e}".repeat(50), 10).chars().count() <= 10);
    }
}
