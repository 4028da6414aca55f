//! The module of the page, run by an interpreter: it needs nothing from outside, and what it answers are the
//! numbers of the engine that it was built from.

use crate::live::{files, packed, request};
use crate::random::{Dice, SHAPES};
use brownout::live::{Live, Session};
use brownout::report::html::ENGINE;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read;
use wasmi::{Engine, Instance, Linker, Memory, Module, Store};

/// The module, with its memory.
struct Running {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

fn bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(ENGINE)
        .read_to_end(&mut bytes)
        .expect("gzip");
    bytes
}

impl Running {
    fn new(engine: &Engine, module: &Module) -> Self {
        let mut store = Store::new(engine, ());
        let linker = Linker::new(engine);
        let instance = linker
            .instantiate_and_start(&mut store, module)
            .expect("it starts");
        let memory = instance.get_memory(&store, "memory").expect("a memory");
        Self {
            store,
            instance,
            memory,
        }
    }

    fn call(&mut self, name: &str) -> usize {
        let call = self.instance.get_typed_func::<(), i32>(&self.store, name);
        let said = call.expect(name).call(&mut self.store, ()).expect(name);
        usize::try_from(said.cast_unsigned()).expect("32 bits")
    }

    fn answer(&mut self, call: &[u8]) -> Value {
        let input = self
            .instance
            .get_typed_func::<i32, i32>(&self.store, "brownout_input");
        let length = i32::try_from(call.len()).expect("short");
        let at = input
            .expect("input")
            .call(&mut self.store, length)
            .expect("room");
        let at = usize::try_from(at.cast_unsigned()).expect("32 bits");
        self.memory
            .write(&mut self.store, at, call)
            .expect("written");
        let length = self.call("brownout_call");
        let at = self.call("brownout_output");
        let mut answer = vec![0; length];
        self.memory
            .read(&self.store, at, &mut answer)
            .expect("read");
        serde_json::from_slice(&answer).expect("JSON")
    }
}

/// The numbers of an answer: what a page shows, by fields that say how much or how bad.
fn numbers(answer: &Value) -> Value {
    const NUMBERS: [&str; 12] = [
        "status",
        "demand",
        "delivered",
        "headroom",
        "limit",
        "works",
        "load",
        "capacity",
        "utilization",
        "elements",
        "round",
        "growth",
    ];
    match answer {
        Value::Array(all) => all.iter().map(numbers).collect(),
        Value::Object(all) => {
            let kept = all.iter().filter(|(key, value)| {
                NUMBERS.contains(&key.as_str())
                    || value.is_array()
                    || value.is_object()
                    || *key == "id"
            });
            kept.map(|(key, value)| (key.clone(), numbers(value)))
                .collect()
        }
        other => other.clone(),
    }
}

#[test]
fn it_asks_for_nothing_and_is_small() {
    let module = Module::new(&Engine::default(), bytes()).expect("a module");
    let imports: Vec<String> = module.imports().map(|i| format!("{i:?}")).collect();
    assert_eq!(imports, [] as [String; 0]);
    // Optimised for speed: for size it is a quarter smaller, and a click on 5,000 components takes a tenth longer. The page
    // with it, the reason for a limit, stays under 2.5 MB.
    assert!(ENGINE.len() < 1_550_000, "{} bytes", ENGINE.len());
}

#[test]
fn it_gives_the_numbers_of_the_engine() {
    let engine = Engine::default();
    let module = Module::new(&engine, bytes()).expect("a module");
    let mut running = Running::new(&engine, &module);
    let mut session = Session::default();
    let mut both = |call: Value| -> (Value, Value) {
        let call = serde_json::to_vec(&call).expect("JSON");
        let here = serde_json::from_slice(&session.answer(&call)).expect("JSON");
        (here, running.answer(&call))
    };
    let mut asked = 0;
    for (shape, seed) in SHAPES
        .into_iter()
        .flat_map(|s| (0..4u64).map(move |n| (s, n)))
    {
        let package = packed(&files(shape, 1000 + seed));
        let live = Live::open(package.clone()).expect("it opens");
        let (here, there) = both(json!({ "open": package }));
        assert_eq!(
            numbers(&here["opened"]["cases"]),
            numbers(&there["opened"]["cases"])
        );
        let mut dice = Dice::new(seed);
        for _ in 0..3 {
            let request = request(&live, &mut dice);
            let (here, there) = both(json!({ "state": request }));
            assert!(here["state"].is_object(), "{here}");
            assert_eq!(
                numbers(&here),
                numbers(&there),
                "{shape:?} {seed} {request:?}"
            );
            for order in 1..=2 {
                let (here, there) = both(json!({ "next": [request, order] }));
                assert!(here["next"].is_object(), "{here}");
                assert_eq!(
                    numbers(&here),
                    numbers(&there),
                    "{shape:?} {seed} {order} {request:?}"
                );
            }
            asked += 1;
        }
    }
    assert_eq!(asked, 5 * 4 * 3);
}
