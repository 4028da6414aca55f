//! The page in a real browser: no error, no request, figures as in the result, tables that sort and
//! filter, a layout that fits a phone, paper without cut tables. These tests need Chromium, and one of
//! them pdftotext: `cargo test html -- --include-ignored`.

use super::{hostile, large, rendered, reports, result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One browser at a time: they are large.
pub(super) static TURN: Mutex<()> = Mutex::new(());

/// Longest that a browser may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .map(|n| Path::new("/usr/bin").join(n));
    let found = named.into_iter().chain(usual).find(|p| p.is_file());
    found.expect("Chromium in /usr/bin, or CHROMIUM names it")
}

/// Runs the browser on a page.
fn browse(browser: &Path, page: &Path, args: &[&str]) -> Output {
    let _turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let profile = tempfile::tempdir().unwrap();
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args([
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            "--v=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(args)
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(fs::File::create(profile.path().join("out")).unwrap())
        .stderr(fs::File::create(profile.path().join("err")).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the browser did not finish with {}", page.display());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let read = |name| fs::read(profile.path().join(name)).unwrap();
    Output {
        status,
        stdout: read("out"),
        stderr: read("err"),
    }
}

/// What the browser's console said.
fn console(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .filter(|l| l.contains("CONSOLE"))
        .map(str::to_owned)
        .collect()
}

/// Runs a script in a copy of a page that allows it, `width` pixels wide; its value comes back as
/// JSON. The copy stands in a frame, because browsers have a least width.
fn ask(browser: &Path, page: &str, width: u32, script: &str) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let (head, rest) = page
        .split_once("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let asking = format!(
        "<script>addEventListener('load', () => {{ let said; \
         try {{ said = (() => {{ {script} }})(); }} catch (e) {{ said = {{ error: String(e) }}; }} \
         const box = parent.document.createElement('pre'); box.id = 'answer'; \
         box.textContent = JSON.stringify(said); parent.document.body.append(box); \
         }});</script></body>"
    );
    let inner = format!("{head}{}", rest.replace("</body>", &asking));
    let inner = serde_json::to_string(&inner).unwrap().replace("</", "<\\/");
    let outer = format!(
        "<!DOCTYPE html><body><iframe id=\"inner\" width=\"{width}\" height=\"900\" \
         style=\"border: 0\"></iframe><script>document.getElementById('inner').srcdoc = {inner};\
         </script></body>"
    );
    let path = dir.path().join("page.html");
    fs::write(&path, outer).unwrap();
    let output = browse(browser, &path, &["--window-size=1400,1000", "--dump-dom"]);
    let dom = String::from_utf8_lossy(&output.stdout);
    let (_, answer) = dom
        .rsplit_once("<pre id=\"answer\">")
        .unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&output.stderr)));
    let text = answer.split_once("</pre>").unwrap().0;
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&");
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert!(value.get("error").is_none(), "{value}");
    value
}

fn page(folder: &Path) -> String {
    super::page(folder)
}

#[test]
#[ignore = "needs Chromium"]
fn the_console_stays_silent() {
    let browser = chromium();
    for folder in [&reports().forecast, &reports().one_down] {
        let output = browse(&browser, &folder.join("report.html"), &["--dump-dom"]);
        assert!(output.status.success());
        assert_eq!(console(&output), [] as [String; 0]);
        // The script ran: headings have become buttons.
        assert!(String::from_utf8_lossy(&output.stdout).contains("role=\"button\">Tier</span>"));
    }
}

#[test]
#[ignore = "needs Chromium"]
fn a_script_that_is_not_the_page_s_own_is_refused() {
    let browser = chromium();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    let injected =
        "<script>document.title = 'taken'</script><img src=\"https://example.org/x.png\"></body>";
    fs::write(
        &path,
        page(&reports().one_down).replace("</body>", injected),
    )
    .unwrap();
    let output = browse(&browser, &path, &["--dump-dom"]);
    let said = console(&output);
    assert!(
        said.iter().any(|l| l.contains("Content Security Policy")),
        "{said:?}"
    );
    assert!(!String::from_utf8_lossy(&output.stdout).contains("<title>taken"));
}

#[test]
#[ignore = "needs Chromium"]
fn no_request_leaves_the_page_and_its_figures_are_those_of_the_result() {
    let browser = chromium();
    let folder = &reports().one_down;
    let script = "return {
        requests: performance.getEntriesByType('resource').map(r => r.name),
        summary: document.querySelector('.summary').textContent,
        verdict: document.querySelector('.verdict').textContent.trim(),
        tiles: Object.fromEntries([...document.querySelectorAll('.tiles > li')].map(li => [li.className, Number(li.querySelector('b').textContent)])),
        policies: [...[...document.querySelectorAll('.card')].find(c => c.querySelector('h2')?.textContent === 'Policies').querySelectorAll('li .status')].map(s => s.textContent.trim()),
        rows: [...document.querySelector('table[data-name=services]').tBodies[0].rows].map(r => [...r.cells].map(c => c.innerText)),
        figures: document.querySelectorAll('figure svg').length };";
    let said = ask(&browser, &page(folder), 1280, script);
    let value = result(folder);
    assert_eq!(said["requests"], Value::Array(Vec::new()));
    assert_eq!(said["summary"], value["verdict"]["summary"]);
    assert_eq!(said["verdict"], "✗ Breached");
    for (status, n) in said["tiles"].as_object().unwrap() {
        let expected = value["verdict"]["services"]
            .get(status)
            .cloned()
            .unwrap_or(0.into());
        assert_eq!(*n, expected, "{status}");
    }
    assert_eq!(
        said["policies"].as_array().unwrap().len(),
        value["policies"].as_array().unwrap().len()
    );
    let rows = said["rows"].as_array().unwrap();
    let services = value["base"][1]["services"].as_array().unwrap();
    assert_eq!(rows.len(), services.len());
    let orders = rows
        .iter()
        .find(|r| r[0].as_str().unwrap().starts_with("order-management"))
        .unwrap();
    assert!(orders[3].as_str().unwrap().contains("degraded"), "{orders}");
    assert!(orders[3].as_str().unwrap().contains("72.7 %"), "{orders}");
    assert!(orders[4].as_str().unwrap().contains("−27.3 %"), "{orders}");
    assert!(said["figures"].as_u64().unwrap() > 5);
}

#[test]
#[ignore = "needs Chromium"]
fn tables_sort_and_filter() {
    let browser = chromium();
    let script = "
        const table = document.querySelector('table[data-name=services]');
        const first = () => [...table.tBodies[0].rows].map(r => r.cells[0].querySelector('.id').textContent);
        const heads = [...table.tHead.rows[0].cells];
        const click = name => heads.find(h => h.textContent.trim() === name).querySelector('.sort').click();
        click('Service'); const up = first();
        click('Service'); const down = first(); const said = heads[0].getAttribute('aria-sort');
        click('Headroom'); const headroom = first();
        const singles = document.querySelector('table[data-name=\"single failures\"]');
        const box = singles.closest('.table').querySelector('input');
        box.value = 'RACK web'; box.dispatchEvent(new Event('input'));
        const shown = [...singles.tBodies[0].rows].filter(r => r.offsetParent !== null).map(r => r.textContent);
        const count = singles.closest('.table').querySelector('output').textContent;
        box.value = ''; box.dispatchEvent(new Event('input'));
        const all = [...singles.tBodies[0].rows].filter(r => r.offsetParent !== null).length;
        return { up, down, said, headroom, shown, count, all, rows: singles.tBodies[0].rows.length };";
    let said = ask(&browser, &page(&reports().one_down), 1280, script);
    let names = |key: &str| -> Vec<String> { serde_json::from_value(said[key].clone()).unwrap() };
    let mut sorted = names("up");
    sorted.sort();
    assert_eq!(names("up"), sorted);
    sorted.reverse();
    assert_eq!(names("down"), sorted);
    assert_eq!(said["said"], "descending");
    assert_eq!(names("headroom")[0], "order-management");
    assert_eq!(names("headroom")[5], "backup");
    let shown = names("shown");
    assert!(
        !shown.is_empty()
            && shown
                .iter()
                .all(|r| r.contains("rack") && r.contains("web-shop")),
        "{shown:?}"
    );
    assert_eq!(
        said["count"],
        format!("{} of {} rows", shown.len(), said["rows"])
    );
    assert_eq!(said["all"], said["rows"]);
}

/// Texts in figures that overlap, texts that are tiny, and whether the page is wider than the window.
const LAYOUT: &str = "
    const overlaps = [];
    for (const figure of document.querySelectorAll('figure')) {
        figure.hidden = false;
        const boxes = [...figure.querySelectorAll('svg text')].map(t => [t.textContent.trim(), t.getBoundingClientRect()]);
        for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
            const [a, b] = [boxes[i][1], boxes[j][1]];
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 2 && tall > 5) overlaps.push([boxes[i][0], boxes[j][0], wide, tall]);
        }
    }
    document.querySelectorAll('details').forEach(d => { d.open = true; });
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let smallest = 99, text = '';
    while (walker.nextNode()) {
        const node = walker.currentNode, parent = node.parentElement;
        if (!node.textContent.trim() || !parent.getClientRects().length || parent.closest('svg, script, .symbol, .skip')) continue;
        const size = parseFloat(getComputedStyle(parent).fontSize);
        if (size < smallest) { smallest = size; text = node.textContent; }
    }
    return { overlaps, smallest, text, wide: document.documentElement.scrollWidth, window: innerWidth };";

#[test]
#[ignore = "needs Chromium"]
fn it_fits_a_desk_and_a_phone() {
    let browser = chromium();
    for width in [1280, 390] {
        for folder in [&reports().forecast, &reports().one_down] {
            let said = ask(&browser, &page(folder), width, LAYOUT);
            assert_eq!(said["overlaps"], Value::Array(Vec::new()), "{width}");
            assert!(
                said["wide"].as_f64().unwrap() <= said["window"].as_f64().unwrap(),
                "{width}: {said}"
            );
            assert!(
                said["smallest"].as_f64().unwrap() >= 12.0,
                "{width}: {said}"
            );
        }
    }
}

#[test]
#[ignore = "needs Chromium"]
fn hostile_names_leave_the_browser_cold() {
    let browser = chromium();
    let all = rendered(hostile(result(&reports().forecast)));
    let html = String::from_utf8(all["report.html"].clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.html");
    fs::write(&path, &html).unwrap();
    let output = browse(&browser, &path, &["--dump-dom"]);
    assert_eq!(console(&output), [] as [String; 0]);
    let script = "return { scripts: document.scripts.length, images: document.images.length, \
        odd: document.querySelectorAll('iframe, object, embed, form').length, \
        wide: document.documentElement.scrollWidth, window: innerWidth, \
        beyond: [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && \
            e.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map(e => e.outerHTML.slice(0, 300).toWellFormed()) };";
    let said = ask(&browser, &html, 390, script);
    // The page's own and the one that asks.
    assert_eq!(said["scripts"], 2);
    assert_eq!(said["images"], 0);
    assert_eq!(said["odd"], 0);
    assert!(
        said["wide"].as_f64().unwrap() <= said["window"].as_f64().unwrap(),
        "{said}"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn a_large_page_opens() {
    let browser = chromium();
    let html = String::from_utf8(rendered(large::large())["report.html"].clone()).unwrap();
    let script = "const start = performance.now();
        const box = document.querySelector('.filter input'); box.value = 'service-00'; box.dispatchEvent(new Event('input'));
        document.querySelector('th .sort').click(); document.body.offsetHeight;
        return { nodes: document.querySelectorAll('*').length, took: performance.now() - start,
            loaded: performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart };";
    let said = ask(&browser, &html, 1280, script);
    println!("large page: {said}");
    assert!(said["nodes"].as_u64().unwrap() < 150_000, "{said}");
}

#[test]
#[ignore = "needs Chromium and pdftotext"]
fn paper_has_no_cut_tables() {
    let browser = chromium();
    for folder in [&reports().forecast, &reports().one_down] {
        let dir = tempfile::tempdir().unwrap();
        let pdf = dir.path().join("report.pdf");
        let print = format!("--print-to-pdf={}", pdf.display());
        browse(
            &browser,
            &folder.join("report.html"),
            &[&print, "--no-pdf-header-footer"],
        );
        let text = |args: &[&str]| {
            let output = Command::new("pdftotext")
                .args(args)
                .arg(&pdf)
                .arg("-")
                .output()
                .unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let boxes = text(&["-bbox"]);
        let words = words(&boxes);
        assert!(words.len() > 500, "{} words", words.len());
        for (word, right, page) in &words {
            assert!(*right < page - 15.0, "{word} ends at {right} of {page}");
        }
        // The last column of the widest table is there in full, and so is what was folded.
        let plain = text(&["-layout"]);
        for said in ["Minimal", "contingency", "fra1-san-ctl-a", "SHA-256"] {
            assert!(plain.contains(said), "{said} is missing");
        }
        let is_one_down = folder == &reports().one_down;
        assert_eq!(plain.matches("If this fails").count(), 1);
        assert!(plain.contains("On paper the first 20 of 30 single failures.") || !is_one_down);
        let pages = boxes.matches("<page ").count();
        assert!(pages > 1, "{pages} pages");
        assert!(
            pages <= 8 || !is_one_down,
            "{pages} pages are too many to read"
        );
        // What must be known first is on the first of them.
        let first = text(&["-layout", "-l", "1"]);
        for said in [
            "Breached", "Peak", "Restore", "Plan", "Growth", "Trouble", "Rests on",
        ] {
            assert!(first.contains(said), "{said} is not on the first page");
        }
        let hash = result(folder)["inputs"][0]["sha256"].as_str().unwrap()[..32].to_owned();
        assert!(plain.contains(&hash), "{hash} is missing");
    }
}

#[test]
#[ignore = "needs Chromium and pdftotext"]
fn headings_stand_on_every_sheet_that_a_table_goes_on_to() {
    let browser = chromium();
    let html = page(&reports().one_down);
    // With all of its rows the table of single failures needs two sheets.
    let (head, rest) = html
        .split_once("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let all_rows = rest.replace("tbody > tr:nth-child(n + 21), ", "");
    assert!(all_rows.len() < rest.len());
    let dir = tempfile::tempdir().unwrap();
    let (path, pdf) = (dir.path().join("page.html"), dir.path().join("report.pdf"));
    fs::write(&path, format!("{head}{all_rows}")).unwrap();
    let print = format!("--print-to-pdf={}", pdf.display());
    browse(&browser, &path, &[&print, "--no-pdf-header-footer"]);
    let output = Command::new("pdftotext")
        .arg("-layout")
        .arg(&pdf)
        .arg("-")
        .output()
        .unwrap();
    let plain = String::from_utf8_lossy(&output.stdout);
    let headings = plain.matches("If this fails").count();
    assert!(headings > 1, "{headings} headings");
}

/// Words of a PDF with their right edge and the width of their page.
fn words(boxes: &str) -> Vec<(String, f64, f64)> {
    let attribute = |line: &str, name: &str| -> Option<f64> {
        line.split_once(&format!("{name}=\""))?
            .1
            .split('"')
            .next()?
            .parse()
            .ok()
    };
    let mut width = 0.0;
    let mut all = Vec::new();
    for line in boxes.lines() {
        if let Some(w) = attribute(line, "<page width") {
            width = w;
        } else if let Some(right) = attribute(line, "xMax").filter(|_| line.contains("<word")) {
            let word = line
                .split_once('>')
                .map_or("", |(_, rest)| rest.trim_end_matches("</word>"));
            all.push((word.to_owned(), right, width));
        }
    }
    all
}
