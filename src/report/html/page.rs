//! The shell of a page. In: a title and parts. Out: one HTML document that needs nothing else.
//! Promises: style and script are inline and allowed by their hash alone, so that nothing is fetched
//! and nothing from users is ever run; it reads without the script, in light and dark, on paper.

use super::words::text;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A part of a page that can be jumped to.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its anchor: letters and dashes only.
    pub anchor: &'static str,
    /// What stands over it.
    pub title: &'static str,
    /// What it says.
    pub body: Markup,
}

/// A whole page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Of the window, and the heading; from users, perhaps.
    pub title: String,
    /// What kind of report it is: stands over the heading.
    pub kind: &'static str,
    /// What a reader must see first.
    pub lead: Markup,
    /// The rest, in order.
    pub sections: Vec<Section>,
    /// The last line.
    pub foot: Markup,
}

/// What a page has beside the style and script of all pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'e> {
    /// CSS that follows the style of all pages.
    pub style: &'e str,
    /// JavaScript that follows the script of all pages.
    pub script: &'e str,
    /// Whether the script may compile WebAssembly.
    pub runs_wasm: bool,
}

impl Page {
    /// The document.
    #[must_use]
    pub fn render(&self) -> String {
        self.render_with(Extra::default())
    }

    /// The same with a style and a script of its own, after those of all pages.
    #[must_use]
    pub fn render_with(&self, extra: Extra<'_>) -> String {
        let style = format!("{STYLE}{}", extra.style);
        let script = format!("{SCRIPT}{}", extra.script);
        let (style_hash, script_hash) = (hash(&style), hash(&script));
        let wasm = if extra.runs_wasm {
            " 'wasm-unsafe-eval'"
        } else {
            ""
        };
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style_hash}'; \
             script-src 'sha256-{script_hash}'{wasm}; \
             img-src data:; base-uri 'none'; form-action 'none'"
        );
        let title = text(&self.title, 120);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    meta name="robots" content="noindex";
                    title { (title) " · brownout" }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(style)) }
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header.top {
                        p.kind { (self.kind) }
                        h1 { bdi { (title) } }
                    }
                    main #content {
                        (self.lead)
                        @if !self.sections.is_empty() { (self.contents()) }
                        @for section in &self.sections {
                            section #(section.anchor) {
                                h2 { (section.title) }
                                (section.body)
                            }
                        }
                    }
                    footer { (self.foot) }
                    script { (PreEscaped(script)) }
                }
            }
        }
        .into_string()
    }

    fn contents(&self) -> Markup {
        html! {
            nav aria-label="Contents" {
                @for section in &self.sections {
                    a href={ "#" (section.anchor) } { (section.title) }
                }
            }
        }
    }
}

/// SHA-256 as a content security policy writes it.
fn hash(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let all = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * i)) as usize & 63];
            out.push(if i > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn paper_shows_as_much_as_the_lines_below_lists_say() {
        use crate::report::html::assess::SERVICES_ON_PAPER;
        use crate::report::tables::ROWS_ON_PAPER;
        for (hidden, most) in [
            ("tbody > tr:nth-child", ROWS_ON_PAPER),
            (".ones > details:nth-of-type", SERVICES_ON_PAPER),
        ] {
            assert!(
                STYLE.contains(&format!("{hidden}(n + {})", most + 1)),
                "{hidden}"
            );
        }
    }

    #[test]
    fn names_are_text_and_never_markup() {
        let page = Page {
            title: "</title><script>alert(1)</script>\u{202e}\n".into(),
            kind: "Report",
            lead: html! {},
            sections: vec![Section {
                anchor: "one",
                title: "One",
                body: html! { p { "x" } },
            }],
            foot: html! {},
        };
        let out = page.render();
        assert_eq!(out.matches("<script").count(), 1);
        assert!(out.contains("&lt;/title&gt;"), "{out}");
        assert!(!out.contains('\u{202e}'));
        assert!(out.contains("href=\"#one\""));
    }
}
