//! A real browser as a test drives it: `chromedriver` spoken to over plain HTTP, as W3C's WebDriver says.
//!
//! Every look at a page waits for a condition with a deadline; browser and driver are ended when the handle is dropped.

use std::{
    env, fmt, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use ureq::Agent;

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// The name of an element's id in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one window.
pub struct Browser {
    /// The driver's process.
    driver: Child,
    /// Keeps the connection to the driver.
    agent: Agent,
    /// Where the session answers.
    session: String,
}

/// The program of a name on the path.
fn find(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

impl Browser {
    /// Starts a browser with that profile folder; `None` where `chromedriver` or `chromium` is not installed.
    ///
    /// # Panics
    /// When the driver does not start a browser in time.
    pub fn start(profile: &Path) -> Option<Self> {
        let (driver, chromium) = (find("chromedriver")?, find("chromium").or_else(|| find("google-chrome"))?);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.expect("this machine has free ports").port();
        let mut driver = Command::new(driver);
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = driver.spawn().expect("the driver is a program");
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        let mut browser = Self { driver, agent: config.into(), session: format!("http://127.0.0.1:{port}") };
        let flags = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--lang=en-US",
            "--window-size=1100,900",
            format!("--user-data-dir={}", profile.display()),
        ]);
        let options = json!({"binary": chromium, "args": flags, "prefs": {"intl.accept_languages": "en-US"}});
        let wanted = json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}});
        let body = json!({"capabilities": {"alwaysMatch": wanted}});
        wait("the driver answers", || {
            browser.request("GET", "/status", None)?["ready"].as_bool().filter(|ready| *ready)
        });
        let session = browser.request("POST", "/session", Some(&body)).expect("a browser starts");
        let id = session["sessionId"].as_str().expect("a session has an id");
        browser.session = format!("{}/session/{id}", browser.session);
        Some(browser)
    }

    /// Sends a command to the driver and returns its value; nothing when it fails.
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let url = format!("{}{path}", self.session);
        let answer = match (method, body) {
            ("GET", _) => self.agent.get(url).call(),
            ("DELETE", _) => self.agent.delete(url).call(),
            (_, body) => {
                self.agent.post(url).content_type("application/json").send(body.unwrap_or(&json!({})).to_string())
            }
        };
        let mut answer = answer.ok().filter(|answer| answer.status() == 200)?;
        let reader = answer.body_mut().with_config().limit(64 << 20);
        let text = reader.read_to_string().ok()?;
        serde_json::from_str::<Value>(&text).ok().map(|mut value| value["value"].take())
    }

    /// Sends a command that must succeed.
    fn command(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, Some(body)).unwrap_or_else(|| panic!("the browser refused {path} {body}"))
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.command("/url", &json!({ "url": url }));
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.command("/refresh", &json!({}));
    }

    /// Runs a function body in the page and returns its value.
    pub fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// From now on runs a script in every page before the page's own.
    pub fn before_page(&self, script: &str) {
        self.developer_tool("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
    }

    /// The elements that a selector finds now.
    pub fn elements(&self, selector: &str) -> Vec<String> {
        let found = self.command("/elements", &json!({"using": "css selector", "value": selector}));
        let elements = found.as_array().into_iter().flatten();
        elements.filter_map(|element| element[ELEMENT].as_str().map(str::to_owned)).collect()
    }

    /// Clicks an element, as soon as there is one that can be clicked; the page may draw it anew meanwhile.
    pub fn click(&self, selector: &str) {
        wait(selector, || {
            let element = self.elements(selector).into_iter().next()?;
            self.request("POST", &format!("/element/{element}/click"), None)
        });
    }

    /// Types into a field that is emptied first, as soon as there is one.
    pub fn fill(&self, selector: &str, text: &str) {
        wait(selector, || {
            let element = self.elements(selector).into_iter().next()?;
            self.request("POST", &format!("/element/{element}/clear"), None)?;
            self.request("POST", &format!("/element/{element}/value"), Some(&json!({ "text": text })))
        });
    }

    /// The text of an element, as a reader sees it; empty when there is none.
    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({})?.innerText ?? ''", json!(selector));
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element shows a text, and returns all that it shows.
    ///
    /// # Panics
    /// With what the page shows, when it does not in time.
    pub fn wait_for(&self, selector: &str, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.text(selector);
            if shown.contains(text) {
                return shown;
            }
            assert!(Instant::now() < deadline, "no `{text}` in {selector}; the page shows:\n{}", self.text("body"));
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// With `what`, when it does not become so in time.
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        wait(what, || is_so().then_some(()));
    }

    /// Looks at something until it is so, and returns it: what is shown is drawn a moment after what caused it.
    ///
    /// # Panics
    /// With `what` and what was there last, when it does not become so in time.
    pub fn settled<T: fmt::Debug>(&self, what: &str, look: impl Fn() -> T, is_so: impl Fn(&T) -> bool) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = look();
            if is_so(&found) {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "not in time: {what}, but {found:?}; the page shows:\n{}",
                self.text("body")
            );
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
    }

    /// Waits until a function body in the page returns a value.
    ///
    /// # Panics
    /// With what it returned last, when it does not in time.
    pub fn returns(&self, script: &str, value: &Value) {
        self.settled(&format!("{script} returns {value}"), || self.run(script), |found| found == value);
    }

    /// Waits until a selector finds so many elements.
    ///
    /// # Panics
    /// With how many it found last, when it does not in time.
    pub fn counts(&self, selector: &str, count: usize) {
        self.settled(&format!("{count} of {selector}"), || self.elements(selector).len(), |found| *found == count);
    }

    /// The name that a screen reader says for an element; nothing when the element has left the page.
    pub fn accessible_name(&self, element: &str) -> Option<String> {
        let name = self.request("GET", &format!("/element/{element}/computedlabel"), None)?;
        name.as_str().map(str::to_owned)
    }

    /// The markup of an element; empty when the element has left the page.
    pub fn markup(&self, element: &str) -> String {
        let markup = self.request("GET", &format!("/element/{element}/property/outerHTML"), None);
        markup.and_then(|markup| markup.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The errors that the console has had since it was asked last.
    pub fn console_errors(&self) -> Vec<String> {
        let entries = self.command("/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Makes the page as wide and as high as a device's, and light or dark, and waits until it has been told so.
    pub fn pretend(&self, width: u32, height: u32, scheme: &str) {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.developer_tool("Emulation.setDeviceMetricsOverride", &screen);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.developer_tool("Emulation.setEmulatedMedia", &features);
        // Who listens for a width is told of it before the next frame is drawn (HTML, "update the rendering").
        self.run(
            "return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))",
        );
    }

    /// Sends a command of Chromium's own.
    fn developer_tool(&self, name: &str, parameters: &Value) {
        self.command("/goog/cdp/execute", &json!({"cmd": name, "params": parameters}));
    }

    /// Keeps what the window shows as a picture.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn screenshot(&self, file: &Path) {
        let picture = self.request("GET", "/screenshot", None).expect("the window can be pictured");
        let bytes = STANDARD.decode(picture.as_str().unwrap_or_default()).expect("a picture is base64");
        fs::write(file, bytes).expect("the picture can be written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.request("DELETE", "", None);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Waits until there is something.
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        // sleep: between two looks at another process, within a deadline.
        thread::sleep(GLANCE);
    }
}
