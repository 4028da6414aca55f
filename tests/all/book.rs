//! The book: every block of output in README.md and in docs/ is what the program says today.
//!
//! A block stands between `<!-- begin: ARGUMENTS -->` and `<!-- end -->`. The program runs with those
//! arguments in the root of the repository, and its stdout must be the fenced lines; a line that is
//! only `…` stands for any number of lines. What follows the fence up to the end is prose. Two blocks
//! are made rather than run: `commands` is the list of commands in `--help`, `words` the table of the
//! glossary (no fence).
//!
//! `UPDATE_BOOK=1 cargo test --test all book` writes the blocks anew; what is elided stays elided.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ELIDED: &str = "…";

/// A block of a page: what was run, and the lines that the page shows.
struct Block {
    arguments: String,
    /// Positions of the lines shown, in the lines of the page.
    shown: std::ops::Range<usize>,
}

/// The blocks of a page, in its order.
fn blocks(page: &[String]) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < page.len() {
        let begin = page[at].strip_prefix("<!-- begin: ");
        let Some(arguments) = begin.and_then(|rest| rest.strip_suffix(" -->")) else {
            at += 1;
            continue;
        };
        let end = page[at..].iter().position(|l| l == "<!-- end -->");
        let end = at + end.ok_or_else(|| format!("line {}: a block has no end", at + 1))?;
        found.push(Block {
            arguments: arguments.to_owned(),
            shown: shown(page, at + 1..end)
                .ok_or_else(|| format!("line {}: a fence has no end", at + 1))?,
        });
        at = end + 1;
    }
    Ok(found)
}

/// What a block shows: the lines inside its fence, or all of them where it has none.
fn shown(page: &[String], within: std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
    let fenced = page[within.clone()].first()?.starts_with("```");
    if !fenced {
        return Some(within);
    }
    let close = page[within.clone()]
        .iter()
        .skip(1)
        .position(|l| l == "```")?;
    Some(within.start + 1..within.start + 1 + close)
}

/// The runs of lines between elisions.
fn pieces(shown: &[String]) -> Vec<&[String]> {
    shown.split(|line| line.trim() == ELIDED).collect()
}

/// Where a page and what the program says part, if they do: the first line that is not there.
fn difference(shown: &[String], said: &[String]) -> Option<String> {
    let pieces = pieces(shown);
    let last = pieces.len() - 1;
    let mut at = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let rest = &said[at..];
        let found = match (number == 0, number == last) {
            (true, true) => (rest == *piece).then_some(0),
            (true, false) => rest.starts_with(piece).then_some(0),
            (false, true) => rest.ends_with(piece).then(|| rest.len() - piece.len()),
            (false, false) => position(rest, piece),
        };
        let Some(found) = found else {
            return Some(first_difference(piece, rest, number == 0));
        };
        at += found + piece.len();
    }
    None
}

/// Where the lines of `piece` first stand in a row.
fn position(lines: &[String], piece: &[String]) -> Option<usize> {
    (0..=lines.len().checked_sub(piece.len())?).find(|&at| lines[at..].starts_with(piece))
}

fn first_difference(piece: &[String], said: &[String], anchored: bool) -> String {
    let start = if anchored {
        Some(0)
    } else {
        piece
            .first()
            .and_then(|first| said.iter().position(|l| l == first))
    };
    let Some(start) = start else {
        return format!("nowhere: {}", piece.first().map_or("", String::as_str));
    };
    let rest = &said[start..];
    let same = piece.iter().zip(rest).take_while(|(a, b)| a == b).count();
    let line = |lines: &[String]| {
        lines
            .get(same)
            .map_or("(nothing more)".to_owned(), Clone::clone)
    };
    format!("the page: {}\n  the program: {}", line(piece), line(rest))
}

/// The lines to show instead: each piece is taken from where it fits best, elisions stay.
fn renewed(shown: &[String], said: &[String]) -> Option<Vec<String>> {
    let pieces = pieces(shown);
    let last = pieces.len() - 1;
    if last == 0 {
        return Some(said.to_vec());
    }
    let mut out = Vec::new();
    let mut at = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let room = said.len().checked_sub(at + piece.len())?;
        let offset = match (number == 0, number == last) {
            (true, _) => 0,
            (_, true) => room,
            _ => (0..=room).max_by_key(|&o| (likeness(piece, &said[at + o..]), room - o))?,
        };
        if number > 0 {
            out.push(ELIDED.to_owned());
        }
        out.extend_from_slice(&said[at + offset..at + offset + piece.len()]);
        at += offset + piece.len();
    }
    Some(out)
}

/// How many words two runs of lines share, line by line.
fn likeness(piece: &[String], said: &[String]) -> usize {
    let shared = |(a, b): (&String, &String)| {
        a.split_whitespace()
            .filter(|word| b.split_whitespace().any(|other| other == *word))
            .count()
    };
    piece.iter().zip(said).map(shared).sum()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program as a reader in the root of the repository would, its output into a pipe.
fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_brownout"))
        .args(arguments)
        .current_dir(root())
        .env_remove("COLUMNS")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

/// What the program says to a block's arguments, in lines.
fn said(arguments: &str) -> Result<Vec<String>, String> {
    match arguments {
        "commands" => return Ok(commands(&run(["--help"]))),
        "words" => return Ok(words(&run(["glossary", "--format", "json"]))),
        _ => {}
    }
    let output = run(arguments.split_whitespace());
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(lines(&String::from_utf8(output.stdout).unwrap()))
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// The list of commands in `--help`, without `help` itself.
fn commands(help: &Output) -> Vec<String> {
    let help = String::from_utf8(help.stdout.clone()).unwrap();
    let list = help.lines().skip_while(|l| *l != "Commands:").skip(1);
    list.take_while(|l| !l.trim().is_empty())
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.starts_with("help "))
        .collect()
}

/// The glossary as a table.
fn words(json: &Output) -> Vec<String> {
    let words: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).unwrap();
    let mut table = vec!["| word | meaning |".to_owned(), "|---|---|".to_owned()];
    table.extend(words.iter().map(|w| {
        let cell = |key: &str| w[key].as_str().unwrap().replace('|', "\\|");
        format!("| {} | {} |", cell("word"), cell("meaning"))
    }));
    table
}

/// README.md and every page of docs/, in order.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    pages.insert(0, root().join("README.md"));
    pages
}

/// Writes the blocks of a page anew, the last first so that positions hold.
fn write_anew(path: &Path) {
    let mut page = lines(&fs::read_to_string(path).unwrap());
    for block in blocks(&page).unwrap().iter().rev() {
        let said = said(&block.arguments).unwrap();
        let renewed = renewed(&page[block.shown.clone()], &said);
        let renewed = renewed.unwrap_or_else(|| panic!("write `{}` by hand", block.arguments));
        page.splice(block.shown.clone(), renewed);
    }
    fs::write(path, page.join("\n") + "\n").unwrap();
}

#[test]
fn output_in_the_book_is_what_the_program_says() {
    let mut count = 0;
    let mut wrong = String::new();
    for path in pages() {
        if std::env::var_os("UPDATE_BOOK").is_some() {
            write_anew(&path);
        }
        let name = path.strip_prefix(root()).unwrap().display();
        let page = lines(&fs::read_to_string(&path).unwrap());
        let blocks = blocks(&page).unwrap_or_else(|e| panic!("{name}: {e}"));
        count += blocks.len();
        for block in &blocks {
            let differs = match said(&block.arguments) {
                Ok(said) => difference(&page[block.shown.clone()], &said),
                Err(stderr) => Some(stderr),
            };
            if let Some(what) = differs {
                let _ = writeln!(wrong, "{name}, block `{}`:\n  {what}", block.arguments);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "UPDATE_BOOK=1 writes these anew:\n{wrong}"
    );
    assert!(count >= 10, "only {count} blocks were found");
}

/// Every link to a file of the repository leads to one, and every page of the book is in its contents.
#[test]
fn links_of_the_book_lead_somewhere() {
    let mut wrong = String::new();
    let mut count = 0;
    let mut all = pages();
    all.push(root().join("CONTRIBUTING.md"));
    all.push(root().join("examples/batch/README.md"));
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            count += 1;
            if !path.parent().unwrap().join(target).exists() {
                let _ = writeln!(wrong, "{}: {link}", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{wrong}");
    assert!(count >= 20, "only {count} links were found");
    let contents = fs::read_to_string(root().join("docs/README.md")).unwrap();
    for page in pages().iter().skip(1) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(
            name == "README.md" || contents.contains(&format!("({name})")),
            "{name} is not in the contents"
        );
    }
}

/// The files that the tutorial tells its readers to write are those beside it, but for comments.
#[test]
fn the_tutorial_shows_its_own_files() {
    let folder = root().join("docs/first-estate");
    let page = fs::read_to_string(root().join("docs/first-estate.md")).unwrap();
    let files = [
        ("csv", "inventory/components.csv"),
        ("csv", "inventory/services.csv"),
        ("csv", "inventory/dependencies.csv"),
        ("toml", "quarter-end.toml"),
    ];
    for (language, file) in files {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let rows: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        let shown = format!("```{language}\n{}\n```", rows.join("\n"));
        assert!(page.contains(&shown), "{file} differs from the page");
    }
}

#[test]
fn the_front_page_stays_short() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.lines().count() <= 200);
}

#[test]
fn differences_are_found() {
    let said = lines("a\nb\nc\nd\ne");
    let same = |shown: &str| difference(&lines(shown), &said);
    for shown in [
        "a\nb\nc\nd\ne",
        "a\n…",
        "…\ne",
        "a\n  …\nc\nd\n…\ne",
        "…",
        "…\nb\n…",
        "a\nb\n…\nc\nd\ne",
    ] {
        assert_eq!(same(shown), None, "{shown:?}");
    }
    for shown in [
        "a\nb\nc\nd",
        "b\n…",
        "…\nd",
        "a\n…\nd\nc\n…",
        "a\nx\n…",
        "…\nx\n…",
        "a\n…\nb\nc\n…\nb\n…",
        "a\nb\n…\nb\nc\nd\ne",
    ] {
        assert!(same(shown).is_some(), "{shown:?}");
    }
    assert_eq!(same("a\nx\n…").unwrap(), "the page: x\n  the program: b");
}

#[test]
fn blocks_are_found_and_written_anew() {
    let page = lines(
        "<!-- begin: one -->\n```text\nx\n…\n```\nprose\n<!-- end -->\n<!-- begin: words -->\n| a |\n<!-- end -->",
    );
    let found = blocks(&page).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].arguments.as_str(), found[0].shown.clone()),
        ("one", 2..4)
    );
    assert_eq!(
        (found[1].arguments.as_str(), found[1].shown.clone()),
        ("words", 8..9)
    );
    assert!(blocks(&lines("<!-- begin: one -->\n```\nx\n```")).is_err());
    assert!(blocks(&lines("<!-- begin: one -->\n```\nx\n<!-- end -->")).is_err());

    let said = lines("total 8\nrow b 1\nrow c 7\nend 9");
    let shown = lines("total 3\n…\nrow c 2\n…");
    let anew = renewed(&shown, &said).unwrap();
    assert_eq!(anew, lines("total 8\n…\nrow c 7\n…"));
    assert_eq!(difference(&anew, &said), None);
    assert_eq!(renewed(&lines("old"), &said).unwrap(), said);
}
