use super::table::{ALL, CSV, HTML, TEXT, shown};
use super::*;
use crate::report::number::percent;

/// Numbered rows, shown as a percentage, with an id that no format may take for something else.
fn table() -> Table<'static, (&'static str, f64)> {
    let rows = [("=a|<b>", 0.5), ("c", f64::NAN), ("d", 2.0)];
    let mut t = Table::new(["service", "services"], rows)
        .most(TEXT | HTML, 2)
        .instead("`--format csv` lists all")
        .file("table-services.csv");
    t.id("service id", ALL, |(id, _)| id);
    t.number("used", ALL, |(_, x)| {
        shown(Some(x).filter(|x| !x.is_nan()), percent)
    })
    .title(HTML, "utilization");
    t.words("only here", CSV, |_| true);
    t
}

#[test]
fn one_declaration_serves_every_format() {
    assert_eq!(
        table().csv(),
        "service_id,used,only_here\n'=a|<b>,0.5,true\nc,,true\nd,2,true\n"
    );
    assert_eq!(
        table().text(80),
        "  SERVICE ID  USED\n  =a|<b>      50 %\n  c              –\n  … and 1 service more; `--format csv` lists all\n"
    );
    assert_eq!(
        table().markdown(),
        "\n| service id | used |\n|---|---:|\n| <code>&#61;a&#124;&#60;b&#62;</code> | 50 % |\n| `c` | – |\n| `d` | 200 % |\n"
    );
}

#[test]
fn a_long_table_says_what_it_leaves_out_and_what_is_unknown_sorts_last() {
    let page = table().html().into_string();
    assert_eq!(page.matches("<tr>").count(), 3);
    assert!(page.contains("The first 2 of 3 services."), "{page}");
    assert!(page.contains("href=\"table-services.csv\""), "{page}");
    assert!(page.contains(">Utilization</th>"), "{page}");
    assert!(
        page.contains("data-key=\"0.5\"") && page.contains("data-key=\"inf\""),
        "{page}"
    );
    assert!(
        page.contains("=a|&lt;b&gt;") && !page.contains("Only here"),
        "{page}"
    );
}

#[test]
fn a_table_without_rows_is_nothing_to_people_and_a_header_as_csv() {
    let mut empty = table();
    empty.rows.clear();
    assert_eq!(empty.csv(), "service_id,used,only_here\n");
    assert_eq!(
        (empty.text(80), empty.markdown()),
        (String::new(), String::new())
    );
    assert_eq!(empty.html().into_string(), "");
}
