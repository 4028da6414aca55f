//! Text from users in Markdown. In: any string. Out: one line of it that is shown as it is, whatever
//! the string says. Punctuation that could mean something becomes a numeric character reference, which
//! Markdown never takes for structure; after `@` and `#` stands a space of no width, so that nobody is
//! mentioned and no issue is referred to.

use crate::model::short;

/// An id, in a fixed-width font: nothing in it is a mention, a link or a reference.
pub fn code(id: &str, most: usize) -> String {
    let shown = short(id, most);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    if shown.trim().is_empty() {
        return "<code>&#32;</code>".to_owned();
    }
    if shown.chars().all(plain) && shown.trim() == shown {
        return format!("`{shown}`");
    }
    // Between these tags Markdown is still read: a bare address would become a link.
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | ' ');
    format!("<code>{}</code>", referenced(&shown, kept))
}

/// A sentence. It must not open a line: there a number or a dash would begin a list.
pub fn prose(text: &str, most: usize) -> String {
    let harmless = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | ',' | '.' | ';' | '%' | '(' | ')' | '\'' | '/' | '-' | '+'
            )
    };
    let safe = referenced(&short(text, most), harmless);
    // A colon matters in an address and in an emoji, not before a space.
    let broken = safe
        .replace("&#58; ", ": ")
        .replace("&#64;", "&#64;&#8203;")
        .replace("&#35;", "&#35;&#8203;");
    // A bare address is a link even without its scheme.
    let mut out = String::with_capacity(broken.len());
    let mut rest = broken.as_str();
    while let Some(at) = rest.to_ascii_lowercase().find("www.") {
        out.push_str(&rest[..at + 3]);
        out.push_str("&#46;");
        rest = &rest[at + 4..];
    }
    out.push_str(rest);
    out
}

/// What fails together; elements beyond the first few are counted.
pub fn contingency(elements: &[String]) -> String {
    const ELEMENTS: usize = 4;
    if elements.is_empty() {
        return "nothing more fails".to_owned();
    }
    let named: Vec<String> = elements
        .iter()
        .take(ELEMENTS)
        .map(|e| code(e, 40))
        .collect();
    match elements.len().saturating_sub(ELEMENTS) {
        0 => named.join(" + "),
        n => format!("{} + {n} more", named.join(" + ")),
    }
}

fn referenced(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii() || keep(c) {
            out.push(c);
        } else {
            out.push_str(&format!("&#{};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_code() {
        assert_eq!(code("app-1", 40), "`app-1`");
        assert_eq!(code("a`b|c", 40), "<code>a&#96;b&#124;c</code>");
        assert_eq!(code("</code>@x", 40), "<code>&#60;/code&#62;&#64;x</code>");
        assert_eq!(code("a\nb", 40), "<code>a&#92;u&#123;a&#125;b</code>");
    }

    #[test]
    fn prose_mentions_nobody_and_links_nowhere() {
        let said = prose(
            "@org/team fixes #12, see https://x.y and WWW.x.y | <img> [a](b) `c` *d*",
            200,
        );
        for mark in ["@", "|", "<", ">", "`", "*", "[", "]", "://", "WWW.x"] {
            assert!(!said.contains(mark), "{mark} in {said}");
        }
        assert!(
            said.contains("&#64;&#8203;org") && said.contains("&#35;&#8203;12"),
            "{said}"
        );
        assert!(!prose("\u{202e}x", 20).contains('\u{202e}'));
    }
}
