//! Feeds arbitrary bytes to every reader of an inventory and a scenario. Run with
//! `cargo +nightly fuzz run readers`.

#![no_main]

use brownout::input::{self, Overrides, Texts};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const FILES: [(&str, &str); 8] = [
    ("e/components.csv", "id,kind,within\napp-1,server,\nr-1,router,\nr-2,router,\n"),
    ("e/links.csv", "id,a,b\nwan-1,r-1,r-2\n"),
    ("e/flows.csv", "id,from,to\nf-1,r-1,r-2\n"),
    ("e/services.csv", "id,tier,demand\norders,1,10\n"),
    ("e/dependencies.csv", "consumer,provider,group,need\norders,app-1,g,any\norders,f-1,,\n"),
    ("e/inventory.toml", "[kind.server]\ncapacity = 10\n"),
    ("e/common_cause.csv", "group,members,beta\ng,kind=router,0.1\n"),
    ("e/s.toml", "inventory = \".\"\ndown = [\"app-1\"]\n[[load]]\nname = \"today\"\n"),
];

// The first byte names the file, the others are its text.
fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let mut files = Texts(
        FILES
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect(),
    );
    let (path, _) = FILES[usize::from(first) % FILES.len()];
    files.0.insert(path.to_owned(), bytes.to_vec());
    match input::load_from(&files, Path::new("e/s.toml"), &Overrides::default()) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                let _ = warning.render(false, 80);
            }
        }
        Err(faults) => assert!(!faults.render(true, 80).is_empty()),
    }
});
