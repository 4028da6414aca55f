//! What each fuzz target does with its bytes. `tests/all/corpus.rs` does the same with the files that are
//! kept in `corpus`, so that what was found once stays found.

use brownout::analysis::montecarlo::{Frame, HistoryFrame, HistoryRecord, Record};
use brownout::analysis::{KeepNothing, NoWatch, Study, SweepRecord};
use brownout::input::import::{Format, Options, read_sources};
use brownout::input::{self, Loaded, Overrides, Source, Texts};
use brownout::model::System;
use brownout::report::document::Assess;
use brownout::report::{html, junit, markdown, sarif, tables, text};
use serde_json::{Value, from_slice, from_value};
use std::path::Path;
use std::sync::Arc;

/// A small estate, whose files are replaced one at a time.
const FILES: [(&str, &str); 10] = [
    (
        "e/components.csv",
        "id,kind,within\napp-1,server,\nr-1,router,\nr-2,router,\n",
    ),
    ("e/links.csv", "id,a,b\nwan-1,r-1,r-2\n"),
    ("e/flows.csv", "id,from,to\nf-1,r-1,r-2\n"),
    ("e/services.csv", "id,tier,demand\norders,1,10\n"),
    (
        "e/dependencies.csv",
        "consumer,provider,group,need\norders,app-1,g,any\norders,f-1,,\n",
    ),
    ("e/inventory.toml", "[kind.server]\ncapacity = 10\n"),
    (
        "e/common_cause.csv",
        "group,members,beta\ng,kind=router,0.1\n",
    ),
    (
        "e/s.toml",
        "inventory = \".\"\ndown = [\"app-1\"]\n[[load]]\nname = \"today\"\n[[load]]\nname = \"csv\"\nprofile = \"load.csv\"\nwindow = { from = \"2026-01-01\", to = \"2026-01-02\" }\ntake = \"max\"\n[[load]]\nname = \"json\"\nprofile = \"load.json\"\nwindow = { from = \"2026-01-01\", to = \"2026-01-02\" }\ntake = \"max\"\n",
    ),
    (
        "e/load.csv",
        "time,orders\n2026-01-01T00:00:00Z,5\n2026-01-01T01:00:00Z,7\n",
    ),
    (
        "e/load.json",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"service\":\"orders\"},\"values\":[[1767225600,\"5\"],[1767229200,\"7\"]]}]}}",
    ),
];

fn texts(files: &[(&str, &str)]) -> Texts {
    let files = files.iter();
    let files = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    Texts(files.collect())
}

/// Every reader of an inventory, a scenario and its load profiles: the first byte says which file the others
/// are. True when all of it is valid.
pub fn readers(data: &[u8]) -> bool {
    let Some((&first, bytes)) = data.split_first() else {
        return false;
    };
    let mut files = texts(&FILES);
    let (path, _) = FILES[usize::from(first) % FILES.len()];
    files.0.insert(path.to_owned(), bytes.to_vec());
    match input::load_from(&files, Path::new("e/s.toml"), &Overrides::default()) {
        Ok(loaded) => {
            let told = loaded.warnings.iter().map(|w| w.render(false, 80));
            assert!(told.into_iter().all(|w| !w.is_empty()));
            true
        }
        Err(faults) => {
            assert!(!faults.render(true, 80).is_empty());
            false
        }
    }
}

/// Every importer: the first byte says which. True when the file becomes an inventory.
pub fn imports(data: &[u8]) -> bool {
    let Some((&first, bytes)) = data.split_first() else {
        return false;
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let source = Source {
        path: "file".to_owned(),
        text: text.to_owned(),
    };
    let options = Options {
        all_pairs: (first > 127).then_some(1.0),
        ..Options::default()
    };
    let format = format_of(first);
    match read_sources(format, &[Arc::new(source)], options) {
        Ok(imported) => {
            assert!(
                System::new(imported.draft).is_ok(),
                "what was read is valid"
            );
            true
        }
        Err(faults) => {
            assert!(!faults.render(true, 80).is_empty());
            false
        }
    }
}

/// The first six keep the numbers that the corpus knows them by, whatever comes after them.
fn format_of(first: u8) -> Format {
    let (early, late) = Format::ALL.split_at(6);
    match usize::from(first).checked_sub(0xc0) {
        Some(number) if !late.is_empty() => late[number % late.len()],
        _ => early[usize::from(first) % early.len()],
    }
}

/// A recorded assessment, shown in every format. True when it is one.
pub fn results(data: &[u8]) -> bool {
    let Ok(result) = from_slice::<Assess>(data) else {
        return false;
    };
    assert!(!text::assess(&result, 80).is_empty());
    assert!(markdown::assess(&result).len() < 65_536);
    assert!(html::assess(&result, &[]).contains("</html>"));
    assert!(junit::junit(&result).starts_with("<?xml"));
    assert!(serde_json::from_str::<Value>(&sarif::sarif(&result)).is_ok());
    assert!(tables::policies(&result).csv().starts_with("policy,"));
    assert!(tables::services(&result.base).csv().starts_with("service,"));
    true
}

/// The numbers of a part of a simulation. True when they are a part that can be answered.
pub fn parts(data: &[u8]) -> bool {
    let Ok(mut part) = from_slice::<Value>(data) else {
        return false;
    };
    let frame = from_value::<Frame>(part["frame"].take());
    let record = from_value::<Record>(part["record"].take());
    let (Ok(frame), Ok(record)) = (frame, record) else {
        return false;
    };
    if !frame.fits(&record) {
        return false;
    }
    let answer = frame.answer(&record);
    assert!(answer.services.iter().all(|s| !s.harm.estimate.is_nan()));
    let of_histories = |part: &mut Value| {
        let frame = from_value::<HistoryFrame>(part["frame"].take()).ok()?;
        let record = from_value::<HistoryRecord>(part["record"].take()).ok()?;
        Some((frame, record))
    };
    if let Some((histories, record)) = of_histories(&mut part["histories"])
        && histories.fits(&record, frame.settings.shard)
    {
        // Sums that are too great are an answer too.
        let _ = histories.answer(&record);
    }
    true
}

/// An estate of which two failures do what none does, and some overload and trip.
const SWEPT: [(&str, &str); 4] = [
    (
        "e/components.csv",
        "id,kind,capacity,trips_at\na-1,server,9,1.2\na-2,server,9,\na-3,server,9,\nb-1,database,18,\nb-2,database,18,\n",
    ),
    ("e/services.csv", "id,tier,demand\norders,1,10\nmail,2,5\n"),
    (
        "e/dependencies.csv",
        "consumer,provider,group,need\norders,a-1,g,any\norders,a-2,g,any\norders,a-3,g,any\nmail,b-1,h,any\nmail,b-2,h,any\norders,b-1,i,any\norders,b-2,i,any\n",
    ),
    (
        "e/s.toml",
        "inventory = \".\"\n[[load]]\nname = \"today\"\n[[load]]\nname = \"peak\"\ngrowth = 1.3\npeak = true\n",
    ),
];

fn small_estate() -> Loaded {
    let loaded = input::load_from(&texts(&SWEPT), Path::new("e/s.toml"), &Overrides::default());
    loaded.expect("the small estate is valid")
}

/// What a sweep of the small estate finds, as a part has it.
#[allow(dead_code, reason = "the fuzz targets read what others wrote")]
pub fn swept() -> SweepRecord {
    let loaded = small_estate();
    let study = Study::new(&loaded.system, &loaded.scenario);
    let part = study.sweep_part(2, (None, None), &KeepNothing, &NoWatch);
    part.expect("it goes on from nothing").0
}

/// What a part of a sweep of the small estate found. True when all of it is there, so that it is an answer.
pub fn sweep_parts(data: &[u8]) -> bool {
    let Ok(mut part) = from_slice::<Value>(data) else {
        return false;
    };
    let Ok(record) = from_value::<SweepRecord>(part["record"].take()) else {
        return false;
    };
    let _ = (record.done(), record.is_cut());
    let loaded = small_estate();
    let study = Study::new(&loaded.system, &loaded.scenario);
    // What does not fit is refused, whatever it is.
    let _ = study.sweep_part(2, (None, Some(&record)), &KeepNothing, &NoWatch);
    study.sweep_joined(2, &[record], &NoWatch).is_ok()
}
