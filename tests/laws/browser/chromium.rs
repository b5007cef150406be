//! Chromium without a window, spoken to in its DevTools protocol over a pipe: no port is opened.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Names under which it is installed.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// No page of ours takes longer, also beside other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, if it is on this machine.
///
/// # Panics
/// Without it, when `CI` is `true`: there a test that did not run must not look like a pass.
pub(crate) fn program() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let found = PROGRAMS.into_iter().find(is_here);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "this test needs {}", PROGRAMS[0]);
        // Not by `eprintln!`, which the test harness swallows when a test passes.
        let _ = writeln!(io::stderr(), "\nSKIPPED a test in a browser: it needs {}\n", PROGRAMS[0]);
    }
    found
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    next: u64,
    /// What the page said and asked for since it was opened.
    pub(crate) events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn start(program: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // Messages come on descriptor 3 and go on 4. As root Chromium wants no sandbox; it sees our own pages alone.
        let line = "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut child = Command::new("sh")
            .args([
                "-c",
                line,
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args(["--no-first-run", "--disable-extensions", "--disable-background-networking"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(out).split(0) {
                let Ok(message) = message else { return };
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut this =
            Self { child, to, from, session: String::new(), next: 0, events: Vec::new(), _profile: profile };
        let target = this.ask("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = this.ask("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        this.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            this.ask(&format!("{domain}.enable"), json!({}));
        }
        let cut = json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        this.ask("Network.emulateNetworkConditions", cut);
        this
    }

    /// Asks for something and answers its result; what the page says meanwhile is kept.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        self.to.flush().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).unwrap_or_else(|_| panic!("{method}: no answer"));
            if message["id"] == self.next {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// Opens a file in a window of this width.
    pub(crate) fn open(&mut self, path: &Path, width: u32) {
        self.resize(width);
        self.events.clear();
        let url = format!("file://{}", path.canonicalize().unwrap().display());
        self.ask("Page.navigate", json!({ "url": url }));
        let deadline = Instant::now() + PATIENCE;
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            assert!(Instant::now() < deadline, "{url} does not load");
            self.run("1");
        }
    }

    pub(crate) fn resize(&mut self, width: u32) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// What an expression of the page comes to.
    pub(crate) fn run(&mut self, expression: &str) -> Value {
        let told = self.ask(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(told["exceptionDetails"].is_null(), "{expression}: {}", told["exceptionDetails"]);
        told["result"]["value"].clone()
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let text = if key.len() == 1 && kind == "keyDown" { key } else { "" };
            self.ask("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "text": text }));
        }
    }

    /// Moves the pointer to the middle of the first element of a selector that is shown.
    pub(crate) fn point_at(&mut self, selector: &str) {
        let at = self.run(&format!(
            "(() => {{ const it = [...document.querySelectorAll({selector:?})].find((it) => it.getClientRects().length);
                it.scrollIntoView({{ block: 'center' }});
                const box = it.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        self.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": at[0], "y": at[1] }));
    }
}

impl Drop for Browser {
    /// Asks it to leave first: its processes would go on to write in a folder that is being removed.
    fn drop(&mut self) {
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
