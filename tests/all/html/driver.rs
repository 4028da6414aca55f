//! A browser that a test talks to: it opens a page as a user would, with the page's own security policy, and runs
//! scripts in it. The talk is the browser's debugging protocol, over two named pipes.

use super::browser::{TURN, chromium};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::MutexGuard;
use tempfile::TempDir;

/// A page in a browser.
pub struct Driver {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: String,
    last: u64,
    /// Addresses that the page asked for, beside its own.
    pub requests: Vec<String>,
    /// What the console said, and what no script caught.
    pub console: Vec<String>,
    _dir: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Driver {
    /// Opens a page in a window of that many pixels, and waits until `ready` is true in it.
    pub fn open(page: &Path, (width, height): (u32, u32), ready: &str) -> Self {
        let turn = TURN
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        let pipes = ["in", "out"].map(|name| dir.path().join(name));
        let made = Command::new("mkfifo").args(&pipes).status().unwrap();
        assert!(made.success());
        let [to, from] = &pipes;
        let shell = format!(
            "exec '{}' --headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars \
             --disable-background-networking --disable-component-update --disable-sync \
             '--host-resolver-rules=MAP * ~NOTFOUND' --remote-debugging-pipe \
             '--user-data-dir={}' about:blank 3<'{}' 4>'{}'",
            chromium().display(),
            dir.path().join("profile").display(),
            to.display(),
            from.display()
        );
        let child = Command::new("timeout")
            .args(["300", "sh", "-c", &shell])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let mut driver = Self {
            child,
            to,
            from,
            session: String::new(),
            last: 0,
            requests: Vec::new(),
            console: Vec::new(),
            _dir: dir,
            _turn: turn,
        };
        let target = driver.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = driver.call("Target.attachToTarget", &attach);
        attached["sessionId"]
            .as_str()
            .unwrap()
            .clone_into(&mut driver.session);
        for domain in [
            "Network.enable",
            "Runtime.enable",
            "Log.enable",
            "Page.enable",
        ] {
            driver.call(domain, &json!({}));
        }
        driver.resize(width, height);
        let address = format!("file://{}", page.display());
        driver.call("Page.navigate", &json!({ "url": address }));
        driver.wait(ready);
        driver.requests.retain(|r| *r != address);
        driver
    }

    /// Gives the page a window of that many pixels.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Waits until an expression is true in the page.
    pub fn wait(&mut self, expression: &str) {
        for _ in 0..1200 {
            if self.evaluate(expression) == Value::Bool(true) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("it never came true: {expression}; {:?}", self.console);
    }

    /// The value of an expression, awaited if it is a promise.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let said = self.call("Runtime.evaluate", &asked);
        assert!(said.get("exceptionDetails").is_none(), "{said}");
        said["result"]["value"].clone()
    }

    /// A key pressed and let go, where the focus is.
    pub fn press(&mut self, key: &str, text: Option<&str>) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key });
            let code = match key {
                "Enter" => 13,
                "Tab" => 9,
                _ => 0,
            };
            if code > 0 {
                event["windowsVirtualKeyCode"] = code.into();
            }
            if let Some(text) = text.filter(|_| kind == "keyDown") {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            assert_eq!(bytes.pop(), Some(0), "the browser ended during {method}");
            let said: Value = serde_json::from_slice(&bytes).unwrap();
            self.note(&said);
            if said["id"] == self.last {
                assert!(said.get("error").is_none(), "{method}: {said}");
                return said["result"].clone();
            }
        }
    }

    fn note(&mut self, said: &Value) {
        match said["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let address = said["params"]["request"]["url"].as_str().unwrap();
                self.requests.push(address.to_owned());
            }
            Some("Runtime.exceptionThrown" | "Log.entryAdded" | "Runtime.consoleAPICalled") => {
                self.console.push(said["params"].to_string());
            }
            _ => {}
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
