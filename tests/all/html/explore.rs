//! The page of `explore` in a real browser. Ignored unless asked for, as the other tests of pages in a browser; run
//! as `cargo test --test all html::explore -- --ignored`.

use super::driver::Driver;
use super::{brownout, root};
use brownout::report::number;
use rayon::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub const READY: &str =
    "document.body?.dataset.ready === 'yes' && !document.querySelector('[aria-busy]')";
const DESK: (u32, u32) = (1280, 900);

fn page_of(source: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("explore.html");
    let said = brownout(&["explore", source, "-q", "-o", path.to_str().unwrap()]);
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    (dir, path)
}

/// Steps at random, each through what a user has at hand; after each what the page asked for, was answered and
/// shows.
const STEPS: &str = "
(async () => {
  let seed = 20261129;
  const next = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
  const pick = (list) => list[Math.floor(next() * list.length)];
  const $ = (q) => [...document.querySelectorAll('#app ' + q)];
  const give = (input, value, kind) => { input.value = value; input.dispatchEvent(new Event(kind, { bubbles: true })); };
  const items = explorer.page.engine.opened.items;
  const parts = items.filter((i) => i.fails && !explorer.page.engine.opened.down.includes(i.id));
  const choose = (id) => {
    give($('input[aria-label=\"Find a component\"]')[0], id, 'input');
    $('.acts .what button.link').find((b) => b.textContent === id).click();
  };
  const acts = [
    () => { const i = pick(parts); give($('input[aria-label=\"Find a component\"]')[0], i.id, 'input');
      $('.acts li').find((li) => li.querySelector('.link')?.textContent === i.id).querySelector('button').click(); },
    () => { choose(pick(parts).id); $('button.main')[0]?.click(); },
    () => { const i = pick(items.filter((i) => i.derates)); choose(i.id);
      give($('[role=region] input[type=number]')[0], pick(['50', '25', '90', '120', '']), 'change'); },
    () => { const s = $('select')[0]; give(s, pick([...s.options]).value, 'change'); },
    () => give($('input[aria-label$=\"as a number\"]')[0], pick(['0', '10', '33.3', '-20', '150']), 'change'),
    () => give($('input[type=range]')[0], pick(['0', '25', '-50', '75']), 'input'),
    () => { const d = $('details')[0]; d.open = true; d.dispatchEvent(new Event('toggle'));
      const all = $('.demands input'); give(pick(all), pick(['0', '900', '12.5', '1e4', '']), 'change'); },
    () => $('button').find((b) => b.textContent === 'Undo').click(),
    () => $('.chips button')[0]?.click(),
    () => { const b = pick($('.acts button').filter((b) => b.textContent === 'Fail')); b?.click(); },
    () => { if (next() < .3) $('button').find((b) => b.textContent === 'Start again').click(); },
  ];
  const steps = [];
  for (let n = 0; n < 200; n += 1) {
    pick(acts)();
    if (n % 10 === 0) await new Promise((done) => setTimeout(done, 200));
    const { byId, of, ...state } = explorer.page.shown;
    steps.push({
      state,
      command: $('pre code')[0].textContent,
      rows: $('table tbody tr').map((r) => [...r.cells].map((c) => c.textContent)),
      tiles: $('.tiles li').map((li) => [li.className, Number(li.querySelector('b').textContent)]),
    });
  }
  return steps;
})()";

#[test]
#[ignore = "needs Chromium"]
fn two_hundred_steps_show_what_whatif_says() {
    let (_dir, page) = page_of("scenarios/quarter-end-forecast.toml");
    let bytes = fs::metadata(&page).unwrap().len();
    println!("page of the shipped estate: {bytes} bytes");
    assert!(bytes < 2_500_000, "{bytes}");
    let mut driver = Driver::open(&page, DESK, READY);
    let steps = driver.evaluate(STEPS);
    let steps = steps.as_array().unwrap();
    assert_eq!(steps.len(), 200);
    let harmed: usize = steps.par_iter().map(held_against_the_program).sum();
    assert!(harmed > 100, "{harmed}");
    let commands: std::collections::BTreeSet<&str> = steps
        .iter()
        .map(|s| s["command"].as_str().unwrap())
        .collect();
    assert!(commands.len() > 120, "{}", commands.len());
    assert_eq!(driver.requests, [] as [String; 0]);
    assert_eq!(driver.console, [] as [String; 0]);
}

/// Runs the command of a step in a shell; how many services are harmed in its state.
fn held_against_the_program(step: &Value) -> usize {
    let command = step["command"].as_str().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_brownout"));
    let said = Command::new("sh")
        .args(["-c", &format!("{command} --format json -q")])
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", program.parent().unwrap().display()),
        )
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    let expected: Value = serde_json::from_slice(&said.stdout).unwrap();
    let shown = step["state"].as_object().unwrap();
    let keys = [
        "load_case",
        "down",
        "derate",
        "as_today",
        "tripped",
        "first_trip",
        "services",
        "components",
        "cold_start",
        "moved",
        "unplaced",
    ];
    for key in keys {
        let none = Value::Null;
        let (shown, expected) = (
            shown.get(key).unwrap_or(&none),
            expected.get(key).unwrap_or(&none),
        );
        assert!(
            same(shown, expected),
            "{key} after {command}\n{shown}\n{expected}"
        );
    }
    let services = expected["services"].as_array().unwrap();
    let rows = step["rows"].as_array().unwrap();
    assert_eq!(rows.len(), services.len());
    for s in services {
        let has = |r: &&Value| {
            r[1].as_str()
                .unwrap()
                .starts_with(s["id"].as_str().unwrap())
        };
        let row = rows
            .iter()
            .find(has)
            .unwrap_or_else(|| panic!("no row of {s}"));
        let cell = |at: usize| row[at].as_str().unwrap();
        let of = |key: &str| s[key].as_f64();
        assert!(cell(0).contains(s["status"].as_str().unwrap()), "{row} {s}");
        let demand = number::quantity(of("demand").unwrap()) + &number::unit(s["unit"].as_str());
        assert_eq!(cell(2), demand, "{command}");
        assert_eq!(
            cell(3),
            number::percent(of("delivered").unwrap()),
            "{command}"
        );
        assert_eq!(cell(4), number::growth(of("headroom")), "{command}");
        assert_eq!(cell(5), s["limit"].as_str().unwrap_or("–"));
    }
    for tile in step["tiles"].as_array().unwrap() {
        let n = services.iter().filter(|s| s["status"] == tile[0]).count();
        assert_eq!(tile[1].as_f64().unwrap(), n as f64, "{tile}");
    }
    let is_harm = |s: &&Value| s["status"] == "down" || s["status"] == "degraded";
    services.iter().filter(is_harm).count()
}

/// Numbers are the same numbers, whether written `1` or `1.0`.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

#[test]
#[ignore = "needs Chromium"]
fn numbers_are_written_as_the_report_writes_them() {
    let (_dir, page) = page_of("scenarios/quarter-end.toml");
    let mut driver = Driver::open(&page, DESK, READY);
    let mut dice = crate::random::Dice::new(5);
    let mut numbers = vec![
        0.0, 1.0, 0.5, 0.125, 2.5, 0.000_4, 0.99999, 1.0001, 999.95, 1234.5, 0.0125, 1e15, 3.14e-7,
    ];
    for _ in 0..400 {
        let digits = f64::from(u32::try_from(dice.below(2_000_000)).unwrap());
        numbers.push(digits / 10f64.powi(i32::try_from(dice.below(8)).unwrap()));
    }
    numbers.extend(numbers.clone().iter().map(|x| -x));
    let asked = serde_json::to_string(&numbers).unwrap();
    let said = driver.evaluate(&format!(
        "{asked}.map((x) => [explorer.percent(x), explorer.growth(x), explorer.quantity(x)])"
    ));
    for (x, said) in numbers.iter().zip(said.as_array().unwrap()) {
        let expected = [
            number::percent(*x),
            number::growth(Some(*x)),
            number::quantity(*x),
        ];
        assert_eq!(*said, Value::from(expected.to_vec()), "{x}");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn hostile_ids_and_names_run_no_script() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = [
        "</script><script>window.taken = 1</script>",
        "<img src=x onerror='window.taken = 1'>",
        "\"><svg onload=window.taken=1>",
        "javascript:window.taken=1",
        "${window.taken = 1}",
        "]]>--></style></title><b>",
        "__proto__",
        "constructor",
    ];
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut components = "id,kind,name,capacity\n".to_owned();
    let mut services = "id,name,demand,unit\n".to_owned();
    let mut needs = "consumer,provider\n".to_owned();
    for (at, text) in hostile.iter().enumerate() {
        let text = cell(text);
        components.push_str(&format!("{text},{text},{text},10\n"));
        let service = cell(&format!("svc {}", hostile[at]));
        services.push_str(&format!("{service},{text},8,{text}\n"));
        needs.push_str(&format!("{service},{text}\n"));
    }
    let estate = dir.path().join("estate");
    fs::create_dir(&estate).unwrap();
    for (name, text) in [
        ("components", components),
        ("services", services),
        ("dependencies", needs),
    ] {
        fs::write(estate.join(format!("{name}.csv")), text).unwrap();
    }
    let (_page_dir, page) = page_of(estate.to_str().unwrap());
    let mut driver = Driver::open(&page, DESK, READY);
    let script = "(() => {
        for (const item of explorer.page.engine.opened.items) {
            if (item.fails) { explorer.page.fail([item.id]); explorer.page.derate(item.id, 0.5); }
            document.querySelectorAll('#app button.link').forEach((b) => b.click());
        }
        return new Promise((done) => setTimeout(() => done({ taken: window.taken ?? null,
            scripts: document.scripts.length, odd: document.querySelectorAll('img, iframe, object, form, base').length,
            handlers: [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on'))).length,
            derated: Object.keys(explorer.page.asked.derate).length }), 500)); })()";
    let said = driver.evaluate(script);
    // The engine, the package, and the page's own.
    let expected = serde_json::json!({ "taken": null, "scripts": 3, "odd": 0, "handlers": 0, "derated": hostile.len() });
    assert_eq!(said, expected);
    assert_eq!(driver.requests, [] as [String; 0]);
    assert_eq!(driver.console, [] as [String; 0]);
}

#[test]
#[ignore = "needs Chromium"]
fn the_policy_of_the_page_lets_webassembly_in_and_nothing_else() {
    let (_dir, page) = page_of("scenarios/quarter-end.toml");
    let html = fs::read_to_string(&page).unwrap();
    let (_, rest) = html
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .unwrap();
    let policy = rest.split_once('"').unwrap().0.replace("&#39;", "'");
    let script = policy
        .split(';')
        .find(|p| p.trim().starts_with("script-src"))
        .unwrap();
    let words: Vec<&str> = script.split_whitespace().collect();
    assert!(
        words.len() == 3 && words[1].starts_with("'sha256-") && words[2] == "'wasm-unsafe-eval'",
        "{script}"
    );
    assert!(policy.starts_with("default-src 'none'"));
    let injected = html.replace("</body>", "<script>window.taken = 1</script></body>");
    fs::write(&page, injected).unwrap();
    let mut driver = Driver::open(&page, DESK, READY);
    assert_eq!(driver.evaluate("window.taken ?? null"), Value::Null);
    assert!(
        driver
            .console
            .iter()
            .any(|c| c.contains("Content Security Policy")),
        "{:?}",
        driver.console
    );
}

#[test]
#[ignore = "needs Chromium"]
fn without_webassembly_it_says_so_and_shows_the_base_state() {
    let (_dir, page) = page_of("scenarios/quarter-end-one-down.toml");
    let html = fs::read_to_string(&page).unwrap();
    // What a browser without it does: the name is not there. The hash of the script no longer fits, so the policy goes.
    let (head, rest) = html
        .split_once("<meta http-equiv=\"Content-Security-Policy\"")
        .unwrap();
    let rest = rest.split_once('>').unwrap().1;
    let without = format!("{head}<script>delete window.WebAssembly;</script>{rest}");
    fs::write(&page, without).unwrap();
    let mut driver = Driver::open(&page, DESK, "document.body?.dataset.ready === 'no'");
    let said = driver.evaluate("document.body.innerText");
    let said = said.as_str().unwrap();
    for words in [
        "did not start",
        "WebAssembly",
        "The base state",
        "order-management",
        "72.7 %",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(
        driver.evaluate("document.getElementById('app').hidden"),
        Value::Bool(true)
    );
}

/// What a reader of screens needs, and what a keyboard reaches.
const ACCESS: &str = "(() => {
    const named = (e) => (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || e.title || '').trim();
    const seen = (e) => e.getClientRects().length > 0;
    const acts = [...document.querySelectorAll('button, input, select, summary, [tabindex]')].filter(seen);
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    const small = acts.filter((e) => e.tagName === 'BUTTON' && e.getBoundingClientRect().height < 24);
    return {
        nameless: acts.filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 200)),
        focusless: acts.filter((e) => e.tabIndex < 0).map((e) => e.outerHTML.slice(0, 200)),
        twice: ids.filter((id, n) => ids.indexOf(id) !== n),
        small: small.map((e) => e.outerHTML.slice(0, 200)),
        live: document.querySelectorAll('[role=status]').length,
        heads: [...document.querySelectorAll('#app h1, #app h2, #app h3')].filter(seen).map((h) => Number(h.tagName[1])),
        regions: [...document.querySelectorAll('[role=region]')].filter((r) => !named(r)).length,
        wide: document.documentElement.scrollWidth, window: innerWidth,
    }; })()";

#[test]
#[ignore = "needs Chromium"]
fn it_is_used_by_keyboard_and_fits_a_phone() {
    let (_dir, page) = page_of("scenarios/quarter-end-forecast.toml");
    for size in [DESK, (390, 844)] {
        let mut driver = Driver::open(&page, size, READY);
        // A component is found, failed and brought back without a pointer.
        driver.press("/", Some("/"));
        for letter in ["a", "p", "p", "-", "1"] {
            driver.press(letter, Some(letter));
        }
        driver.press("Tab", None);
        driver.press("Enter", Some("\r"));
        driver.wait("explorer.page.asked.down.join() === 'app-1'");
        driver.evaluate("document.activeElement.blur()");
        driver.press("u", Some("u"));
        driver.wait("explorer.page.asked.down.length === 0");
        driver.evaluate("explorer.page.fail(['app-1', 'fra1-feed-b'])");
        driver.wait(READY);
        let said = driver.evaluate(ACCESS);
        for none in ["nameless", "focusless", "twice", "small"] {
            assert_eq!(said[none], Value::Array(Vec::new()), "{none} {size:?}");
        }
        assert_eq!(said["regions"], 0);
        assert!(said["live"].as_u64().unwrap() >= 2, "{said}");
        assert!(
            said["wide"].as_f64().unwrap() <= said["window"].as_f64().unwrap(),
            "{said}"
        );
        let heads: Vec<i64> = serde_json::from_value(said["heads"].clone()).unwrap();
        assert!(
            heads[0] == 2 && heads.windows(2).all(|w| w[1] - w[0] <= 1),
            "{heads:?}"
        );
        assert_eq!(driver.console, [] as [String; 0]);
    }
}

#[test]
#[ignore = "needs Chromium"]
fn five_thousand_components_answer_at_a_click() {
    let dir = tempfile::tempdir().unwrap();
    let estate = dir.path().join("estate");
    let estate = estate.to_str().unwrap();
    let said = brownout(&["generate", "-q", "--components", "5000", "-o", estate]);
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let (_page_dir, page) = page_of(estate);
    let mut driver = Driver::open(&page, DESK, READY);
    let said = driver.evaluate(
        "(async () => {
            const parts = explorer.page.engine.opened.items.filter((i) => i.fails);
            const took = [];
            for (let n = 0; n < 20; n += 1) {
                const part = parts[Math.floor(n * parts.length / 20)];
                await new Promise((done) => setTimeout(done, 50));
                const start = performance.now();
                explorer.page.fail([part.id]);
                document.body.offsetHeight;
                took.push(performance.now() - start);
                explorer.page.undo();
            }
            took.sort((a, b) => a - b);
            return { items: explorer.page.engine.opened.items.length, median: took[10], worst: took[19],
                paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
                down: explorer.page.asked.down.length };
        })()",
    );
    println!("5,000 components: {said}");
    assert!(said["items"].as_u64().unwrap() >= 5000, "{said}");
    assert_eq!(said["down"], 0);
    assert_eq!(driver.requests, [] as [String; 0]);
}
