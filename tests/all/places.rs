//! What is not what it should be, and where nothing can be written: the error says what was expected, what is there, and
//! what to do; nothing is written.

use crate::program::run;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Files that are nothing of the program's, and an estate with a report of it.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("plain.txt"), "hello\n").unwrap();
    fs::write(at("other.json"), "{\"a\": 1}").unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::write(
        at("graph.gml"),
        "graph [ node [ id 0 label \"x\" ] node [ id 1 label \"y\" ] edge [ source 0 target 1 ] ]",
    )
    .unwrap();
    let (code, _, faults) = run(dir.path(), &["init", "estate"]);
    assert_eq!(code, 0, "{faults}");
    let quick = ["--no-fixes", "--no-ledger", "--no-explore"];
    let args = [
        &["assess", "estate/scenario.toml", "-o", "report"],
        &quick[..],
    ]
    .concat();
    let (code, _, faults) = run(dir.path(), &args);
    assert!(code < 2, "{faults}");
    dir
}

/// Runs it, and wants a refusal that says all of this in one line.
fn refused(dir: &Path, args: &[&str], says: &[&str]) {
    let (code, stdout, stderr) = run(dir, args);
    assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
    for said in says {
        assert!(stderr.contains(said), "{args:?}: no `{said}` in: {stderr}");
    }
}

#[test]
fn what_is_no_part_is_named_with_what_a_part_is() {
    let dir = folder();
    let known = [
        ("plain.txt", "it is no JSON of brownout, or it was cut"),
        ("other.json", "it is JSON with no schema"),
        ("report/result.json", "its schema is brownout/assess/2"),
    ];
    for (file, what) in known {
        refused(
            dir.path(),
            &["merge", file],
            &[file, "is no part of a run", what, "wrote with --shard"],
        );
        refused(
            dir.path(),
            &["parts", file],
            &[
                "no file is a part of a run",
                file,
                what,
                "wrote with --shard",
            ],
        );
    }
    refused(
        dir.path(),
        &["parts", "other.json", "plain.txt"],
        &["no file is a part of a run: other.json: it is JSON with no schema"],
    );
    // Nobody is told to remove a file of his own.
    let (_, _, said) = run(dir.path(), &["parts", "other.json"]);
    assert!(!said.contains("remove"), "{said}");
}

#[test]
fn what_is_no_report_is_named_with_what_one_is() {
    let dir = folder();
    for command in ["verify", "report"] {
        for inside in ["empty", "estate"] {
            refused(
                dir.path(),
                &[command, inside],
                &[
                    inside,
                    "holds no report: there is no result.json in it",
                    "`assess -o`",
                ],
            );
        }
        let (file, what) = ("plain.txt", "it is no JSON of brownout");
        refused(dir.path(), &[command, file], &[file, what, "assess"]);
        refused(
            dir.path(),
            &[command, "other.json"],
            &["with no schema", "assess"],
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_called_one() {
    let dir = folder();
    let link = |name: &str| {
        std::os::unix::fs::symlink("../gone", dir.path().join(name)).unwrap();
    };
    let lost = "is a symbolic link to ../gone, which is not there";
    link("lost");
    for command in ["check", "whatif", "assess", "sweep"] {
        let (code, _, stderr) = run(dir.path(), &[command, "lost"]);
        assert_eq!(code, 2, "{command}: {stderr}");
        let said = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains(&format!("`lost` {lost}: mend the link")),
            "{command}: {stderr}"
        );
    }
    fs::write(dir.path().join("s.toml"), "inventory = \"lost\"\n").unwrap();
    let (_, _, stderr) = run(dir.path(), &["assess", "s.toml"]);
    assert!(stderr.contains(lost), "{stderr}");
    fs::remove_file(dir.path().join("estate/inventory/services.csv")).unwrap();
    link("estate/inventory/services.csv");
    let (_, _, stderr) = run(dir.path(), &["check", "estate"]);
    assert!(
        stderr.contains(&format!("services.csv` {lost}")),
        "{stderr}"
    );
    for args in [
        ["verify", "lost"],
        ["merge", "lost"],
        ["parts", "lost"],
        ["report", "lost"],
    ] {
        refused(
            dir.path(),
            &args,
            &["a symbolic link to ../gone, which is not there"],
        );
    }
    // What is there is no link that leads nowhere.
    let (_, _, stderr) = run(dir.path(), &["check", "nothing"]);
    assert!(!stderr.contains("link"), "{stderr}");
}

/// Every command that writes a folder, without where to.
const FOLDERS: [&[&str]; 5] = [
    &["init"],
    &["generate", "--components", "100", "-o"],
    &["import", "graph.gml", "-o"],
    &[
        "overlay",
        "estate/inventory",
        "--defaults",
        "planning",
        "-o",
    ],
    &[
        "plan",
        "estate/scenario.toml",
        "--no-alternatives",
        "--apply",
    ],
];

#[test]
fn nothing_is_written_where_no_folder_can_be() {
    let dir = folder();
    let report = [
        "assess",
        "estate/scenario.toml",
        "--no-fixes",
        "--no-ledger",
        "-o",
    ];
    for command in FOLDERS.iter().chain(&[&report[..]]) {
        for path in ["plain.txt/x", "plain.txt/x/y"] {
            let args = [command, &[path][..]].concat();
            refused(
                dir.path(),
                &args,
                &[
                    "cannot write into",
                    path,
                    "plain.txt is a file, not a folder; name",
                ],
            );
        }
    }
    let files: [&[&str]; 2] = [
        &[
            "simulate",
            "estate/scenario.toml",
            "--trials",
            "100",
            "--shard",
            "1/2",
            "-o",
            "plain.txt/x.json",
        ],
        &["explore", "estate/scenario.toml", "-o", "plain.txt/x.html"],
    ];
    for args in files {
        refused(
            dir.path(),
            args,
            &["plain.txt is a file, not a folder; name a path in a folder"],
        );
    }
    #[cfg(target_os = "linux")]
    for command in FOLDERS.iter().chain(&[&report[..]]) {
        let args = [command, &["/proc/x"][..]].concat();
        refused(
            dir.path(),
            &args,
            &["/proc takes no files", "name one that you may write to"],
        );
    }
}

#[test]
fn no_folder_is_written_into_a_report() {
    let dir = folder();
    let sums = fs::read(dir.path().join("report/SHA256SUMS")).unwrap();
    for command in FOLDERS {
        for path in ["report/sub", "report/a/b", "report/plots/x"] {
            let args = [command, &[path][..]].concat();
            let shown = Path::new("report").display().to_string();
            refused(
                dir.path(),
                &args,
                &[
                    "will not write into",
                    path,
                    &shown,
                    "is a report and holds nothing else",
                ],
            );
        }
    }
    for made in ["report/sub", "report/a", "report/plots/x"] {
        assert!(!dir.path().join(made).exists(), "{made}");
    }
    assert_eq!(
        fs::read(dir.path().join("report/SHA256SUMS")).unwrap(),
        sums
    );
    assert_eq!(run(dir.path(), &["verify", "report"]).0, 0);
    // Beside it is as good as anywhere.
    assert_eq!(run(dir.path(), &["init", "beside"]).0, 0);
}
