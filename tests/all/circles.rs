//! No source files import each other in a circle, so that each can be read after those that it stands on.
//!
//! In: the sources, as text. Out: the circles of files, none of which there may be. A file imports another that
//! defines a name which it uses, by `use` or in a path; a name that a third file only hands on counts as imported from
//! where it is defined. What only tests use is left out. Methods are not followed.

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// Where a module stands below the crate.
type Module = Vec<String>;

/// A name that a file brings in, and what it stands for.
#[derive(Clone, Debug)]
struct Import {
    path: Vec<String>,
    name: String,
    is_handed_on: bool,
}

/// One file.
#[derive(Default)]
struct File {
    /// What it defines at its top.
    defined: BTreeSet<String>,
    imports: Vec<Import>,
    /// All other paths that it names.
    paths: BTreeSet<Vec<String>>,
    /// Children that only tests have.
    of_tests: BTreeSet<String>,
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("cfg")
            && a.parse_args::<syn::Path>()
                .is_ok_and(|p| p.is_ident("test"))
    })
}

/// The name that an item gives to others; `None` where it gives none, or one that nobody imports.
fn defined(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(x) => x.ident.to_string(),
        Item::Enum(x) => x.ident.to_string(),
        Item::Fn(x) => x.sig.ident.to_string(),
        Item::Static(x) => x.ident.to_string(),
        Item::Struct(x) => x.ident.to_string(),
        Item::Trait(x) => x.ident.to_string(),
        Item::Type(x) => x.ident.to_string(),
        _ => return None,
    })
}

/// Collects the paths of a `use`, each with the name by which it is known from there on; `path` is what stands before.
fn flat(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(x) => {
            path.push(x.ident.to_string());
            flat(&x.tree, path, found);
            path.pop();
        }
        UseTree::Name(x) if x.ident == "self" => {
            found.push((path.clone(), path.last().cloned().unwrap_or_default()));
        }
        UseTree::Name(x) => {
            let name = x.ident.to_string();
            found.push(([&path[..], std::slice::from_ref(&name)].concat(), name));
        }
        UseTree::Rename(x) => {
            let mut whole = path.clone();
            if x.ident != "self" {
                whole.push(x.ident.to_string());
            }
            found.push((whole, x.rename.to_string()));
        }
        UseTree::Glob(_) => found.push((path.clone(), "*".to_owned())),
        UseTree::Group(x) => x.items.iter().for_each(|t| flat(t, path, found)),
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(x) => &x.attrs,
            Item::Fn(x) => &x.attrs,
            Item::Impl(x) => &x.attrs,
            Item::Use(x) => &x.attrs,
            _ => &[],
        };
        if is_of_tests(attributes) {
            if let Item::Mod(x) = item {
                self.of_tests.insert(x.ident.to_string());
            }
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        flat(&item.tree, &mut Vec::new(), &mut found);
        let is_handed_on = !matches!(item.vis, Visibility::Inherited);
        self.imports
            .extend(found.into_iter().map(|(path, name)| Import {
                path,
                name,
                is_handed_on,
            }));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|s| s.ident.to_string());
        self.paths.insert(names.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.visit_path(&found.path);
        self.paths_in(found.tokens.clone());
    }
}

impl File {
    fn new(text: &str) -> syn::Result<Self> {
        let parsed = syn::parse_file(text)?;
        let mut file = Self {
            defined: parsed.items.iter().filter_map(defined).collect(),
            ..Self::default()
        };
        file.visit_file(&parsed);
        Ok(file)
    }

    /// Names with `::` between them in what a macro is given.
    fn paths_in(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Vec::<String>::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.paths.insert(std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(p) if p.as_char() == ':' => colons += 1,
                other => {
                    self.paths.insert(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.paths_in(group.stream());
                    }
                }
            }
        }
        self.paths.insert(path);
    }
}

/// All files of the library, by module.
struct Sources(BTreeMap<Module, File>);

impl Sources {
    /// Of a folder.
    fn read(root: &Path) -> Self {
        let mut all = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).expect("text");
                    let file =
                        File::new(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                    let inside = path
                        .strip_prefix(root)
                        .expect("below it")
                        .with_extension("");
                    let mut module: Module = inside
                        .iter()
                        .map(|part| part.to_string_lossy().into_owned())
                        .collect();
                    if module
                        .last()
                        .is_some_and(|last| last == "mod" || last == "lib")
                    {
                        module.pop();
                    }
                    all.insert(module, file);
                }
            }
        }
        all.remove(&["main".to_owned()][..]);
        let is_tested = |module: &[String]| {
            (1..=module.len()).any(|n| {
                let parent: Option<&File> = all.get(&module[..n - 1]);
                parent.is_some_and(|file| file.of_tests.contains(&module[n - 1]))
            })
        };
        let tested: Vec<Module> = all.keys().filter(|m| is_tested(m)).cloned().collect();
        for module in tested {
            all.remove(&module);
        }
        Self(all)
    }

    /// A path from the crate on, as a module names it; `None` if it begins outside of it.
    fn in_crate(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let above = module.len().checked_sub(up)?;
                Some([&module[..above], &path[up..]].concat())
            }
            _ => {
                let child = [module, &path[..1]].concat();
                if self.0.contains_key(&child) {
                    return Some([module, path].concat());
                }
                // A name that was brought in, and what is inside of it.
                let imports = &self.0.get(module)?.imports;
                let brought = imports.iter().find(|import| import.name == *first)?;
                (brought.path[0] != *first)
                    .then(|| self.in_crate(module, &brought.path))
                    .flatten()
                    .map(|whole| [&whole[..], rest].concat())
            }
        }
    }

    /// The file that defines what a path from the crate on stands for.
    fn defines(&self, path: &[String], seen: &mut BTreeSet<Vec<String>>) -> Option<Module> {
        if !seen.insert(path.to_vec()) {
            return None;
        }
        let inside = (0..path.len())
            .rev()
            .find(|&n| self.0.contains_key(&path[..n]))?;
        if self.0.contains_key(path) {
            // A module by itself is no name of a file: what is taken of it is.
            return None;
        }
        let (module, name) = (&path[..inside], &path[inside]);
        let file = &self.0[module];
        if file.defined.contains(name) {
            return Some(module.to_vec());
        }
        for import in &file.imports {
            let whole = self.in_crate(module, &import.path);
            let Some(whole) = whole else { continue };
            let on = if import.name == *name {
                [&whole[..], &path[inside + 1..]].concat()
            } else if import.name == "*" {
                [&whole[..], &path[inside..]].concat()
            } else {
                continue;
            };
            if let Some(found) = self.defines(&on, seen) {
                return Some(found);
            }
        }
        None
    }

    /// Which file takes from which, by number, and what: one name of all.
    fn arrows(&self) -> BTreeMap<(usize, usize), String> {
        let modules: Vec<&Module> = self.0.keys().collect();
        let mut arrows = BTreeMap::new();
        for (from, (module, file)) in self.0.iter().enumerate() {
            let imports = file.imports.iter().filter(|import| !import.is_handed_on);
            let imported = imports.map(|import| &import.path);
            for path in imported.chain(&file.paths) {
                let Some(whole) = self.in_crate(module, path) else {
                    continue;
                };
                let Some(to) = self.defines(&whole, &mut BTreeSet::new()) else {
                    continue;
                };
                let to = modules.binary_search(&&to).expect("a file");
                if to != from {
                    arrows.entry((from, to)).or_insert(path.join("::"));
                }
            }
        }
        arrows
    }

    /// The circles, each with what its files take from each other.
    fn circles(&self) -> Vec<String> {
        let modules: Vec<&Module> = self.0.keys().collect();
        let arrows = self.arrows();
        let graph: DiGraphMap<usize, ()> = arrows.keys().copied().collect();
        let circles = tarjan_scc(&graph).into_iter().filter(|c| c.len() > 1);
        let told = |circle: Vec<usize>| {
            let arrows = arrows
                .iter()
                .filter(|((a, b), _)| circle.contains(a) && circle.contains(b));
            let lines = arrows.map(|((a, b), path)| {
                let [a, b] = [a, b].map(|at| modules[*at].join("/"));
                format!("{a} takes {path} from {b}")
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        circles.map(told).collect()
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let (files, arrows) = (sources.0.len(), sources.arrows().len());
    assert!(files > 500 && arrows > files, "{files} {arrows}");
    let circles = sources.circles();
    assert!(circles.is_empty(), "{}", circles.join("\n\n"));
}

/// Files of a made-up crate, by module.
fn made(files: &[(&str, &str)]) -> Sources {
    let file = |(module, text): &(&str, &str)| {
        let module = module.split('/').filter(|part| !part.is_empty());
        let module = module.map(str::to_owned).collect();
        (module, File::new(text).expect("it can be read"))
    };
    Sources(files.iter().map(file).collect())
}

#[test]
fn circles_are_found_through_what_hands_names_on() {
    let through = "mod a; mod b; pub use a::One; pub use b::two; mod c; fn top() { c::three() }";
    let circle = made(&[
        ("", "mod m;"),
        ("m", through),
        ("m/a", "use super::two; pub struct One; fn f() { two() }"),
        ("m/b", "pub fn two() -> crate::m::One { crate::m::One }"),
        ("m/c", "pub fn three() { println!(\"{}\", super::a::One) }"),
    ]);
    let circles = circle.circles();
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(
        circles[0].contains("m/a takes super::two from m/b"),
        "{circles:?}"
    );
    assert!(!circles[0].contains("m/c"), "{circles:?}");
    let macros = made(&[
        ("", "mod a; mod b;"),
        (
            "a",
            "pub struct One; fn f() { println!(\"{}\", super::b::two(1)); }",
        ),
        ("b", "use crate::a; pub fn two(_: u8) -> a::One { a::One }"),
        (
            "c",
            "use crate::a::One; use crate::b::two; fn g(_: One) { two(1); two(2); }",
        ),
    ]);
    assert_eq!(macros.circles().len(), 1, "{:?}", macros.circles());
    let none = made(&[
        ("", "mod a; mod b; pub struct Top;"),
        ("a", "pub struct One;"),
        (
            "b",
            "use crate::a::One; use super::Top; fn f(_: One, _: Top) { }",
        ),
        ("c", "#[cfg(test)] mod tests { use crate::d::Four; }"),
        ("d", "use crate::c::f; pub struct Four;"),
    ]);
    let none = none.circles();
    assert!(none.is_empty(), "{none:?}");
}
