//! From text to a compiled estate, 100,000 components with 300,000 dependencies; and from text to
//! load profiles, a million rows in each of the forms that are read.
//!
//! `cargo bench --bench loading` prints the time of reading and checking, the time of compiling,
//! and the most memory the process ever held, the texts themselves included.

use brownout::analysis::Study;
use brownout::input::profile::{self, ProfileSpec};
use brownout::input::{self, Overrides, Source, Texts};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const COMPONENTS: u32 = 100_000;
const SERVICES: u32 = 1_000;
const DEPENDENCIES: u32 = 300_000;
/// Rows of each load profile; its services take turns.
const ROWS: u32 = 1_000_000;
const PROFILED: [&str; 4] = ["email", "intranet", "orders", "search"];

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from((self.0 >> 33) % u64::from(n.max(1))).unwrap_or(0)
    }
}

fn texts() -> Result<Texts, std::fmt::Error> {
    let mut dice = Dice(1);
    let mut components =
        String::from("id,kind,name,capacity,unit,within,mtbf_hours,mttr_hours,site,owner\n");
    for i in 0..COMPONENTS {
        let kind = ["server", "vm", "switch"][dice.below(3) as usize];
        let domain = if i < 2_000 {
            String::new()
        } else {
            format!("c-{:06}", i / 50)
        };
        let (capacity, site, team) = (10 + dice.below(990), i % 4, i % 20);
        writeln!(
            components,
            "c-{i:06},{kind},Component {i},{capacity},req/s,{domain},26000,12,site-{site},team-{team}"
        )?;
    }
    let mut services = String::from("id,name,tier,demand,owner\n");
    for i in 0..SERVICES {
        writeln!(
            services,
            "s-{i:04},Service {i},{},{i},team-{}",
            i % 3 + 1,
            i % 20
        )?;
    }
    let mut dependencies = String::from("consumer,provider,group,need,split,load,weight\n");
    let pools = SERVICES * 5;
    for pool in 0..pools {
        for _ in 0..3 {
            let provider = COMPONENTS / 2 + dice.below(COMPONENTS / 2);
            let (service, group) = (pool % SERVICES, pool / SERVICES);
            writeln!(
                dependencies,
                "s-{service:04},c-{provider:06},pool-{group},any,share,0.5,"
            )?;
        }
    }
    for _ in pools * 3..DEPENDENCIES {
        let consumer = 2_000 + dice.below(COMPONENTS - 2_000);
        let provider = dice.below(consumer);
        writeln!(dependencies, "c-{consumer:06},c-{provider:06},,,,0.001,")?;
    }
    let files = [
        ("estate/components.csv", components),
        ("estate/services.csv", services),
        ("estate/dependencies.csv", dependencies),
    ];
    let own = files.map(|(path, text)| (path.to_owned(), text.into_bytes()));
    Ok(Texts(own.into()))
}

/// The most memory this process ever held, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |l| l.trim().to_owned())
}

/// One sample: the instant of a row as local date and time, and a demand.
fn sample(row: u32) -> (String, u32) {
    let minute = row / 4;
    let (day, of_day) = (minute / 1440, minute % 1440);
    let (hour, minute) = (of_day / 60, of_day % 60);
    let date = format!(
        "{}-{:02}-{:02}",
        2020 + day / 336,
        day % 336 / 28 + 1,
        day % 28 + 1
    );
    (format!("{date}T{hour:02}:{minute:02}"), 100 + row % 977)
}

/// A form of a load profile: what it is called, its text, and how it is read.
type Form = (&'static str, String, ProfileSpec);

/// The forms of a load profile.
fn profiles() -> Result<Vec<Form>, Box<dyn std::error::Error>> {
    let row = |row: u32| (sample(row), PROFILED[row as usize % 4]);
    let mut long = String::from("time,service,demand\n");
    let mut local = long.clone();
    let mut wide = String::from("time,email,intranet,orders,search\n");
    let mut series = [const { String::new() }; 4];
    for i in 0..ROWS {
        let ((at, demand), service) = row(i);
        writeln!(long, "{at}:00+01:00,{service},{demand}")?;
        writeln!(local, "{at},{service},{demand}")?;
        let seconds = 1_577_836_800 + u64::from(i / 4) * 60;
        let comma = if i < 4 { "" } else { "," };
        write!(series[i as usize % 4], "{comma}[{seconds},\"{demand}\"]")?;
        let seconds = 1_577_836_800 + i64::from(i) * 60;
        let at = jiff::Timestamp::from_second(seconds)?;
        writeln!(wide, "{at},{demand},{demand},{demand},{demand}")?;
    }
    let series: Vec<String> = PROFILED
        .iter()
        .zip(series)
        .map(|(s, values)| format!("{{\"metric\":{{\"service\":\"{s}\"}},\"values\":[{values}]}}"))
        .collect();
    let prometheus = format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}",
        series.join(",")
    );
    let spec = ProfileSpec::default();
    let zone = Some(jiff::tz::TimeZone::get("Europe/Berlin")?);
    let berlin = ProfileSpec {
        zone,
        ..spec.clone()
    };
    let labelled = ProfileSpec {
        label: Some("service".into()),
        ..spec.clone()
    };
    Ok(vec![
        ("long, with offsets", long, spec.clone()),
        ("long, local times", local, berlin),
        ("wide, four services", wide, spec),
        ("prometheus", prometheus, labelled),
    ])
}

/// Reads each form of a profile and prints how long it took.
fn profile_times() -> Result<(), Box<dyn std::error::Error>> {
    for (name, text, spec) in profiles()? {
        let megabytes = f64::from(u32::try_from(text.len())?) / 1e6;
        let source = Arc::new(Source {
            path: "load".into(),
            text,
        });
        let start = Instant::now();
        let (read, warnings) = profile::read(&source, &PROFILED, &spec);
        let read = read?;
        let samples: usize = (0..PROFILED.len())
            .filter_map(|s| read.of(s))
            .map(|series| series.samples.len())
            .sum();
        println!(
            "profile, {name:<20} {:.3} s for {ROWS} rows, {samples} samples, {megabytes:.0} MB of text, {} warnings",
            start.elapsed().as_secs_f64(),
            warnings.len()
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let texts = texts()?;
    let bytes: usize = texts.0.values().map(Vec::len).sum();
    let start = Instant::now();
    let loaded = input::load_from(&texts, Path::new("estate"), &Overrides::default())?;
    let reading = start.elapsed();
    let start = Instant::now();
    let study = Study::new(&loaded.system, &loaded.scenario);
    let compiling = start.elapsed();
    println!(
        "{COMPONENTS} components, {DEPENDENCIES} dependencies, {:.1} MB of text",
        f64::from(u32::try_from(bytes)?) / 1e6
    );
    println!("reading and checking  {:.3} s", reading.as_secs_f64());
    println!("compiling             {:.3} s", compiling.as_secs_f64());
    println!("peak memory           {}", peak_memory());
    println!("services              {}", study.system().services().len());
    profile_times()
}
