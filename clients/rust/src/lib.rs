//! Send events to Ringside, with the standard library alone. README.md says how.
//!
//! What the server has not acknowledged is kept, within bounds, and sent again over the next connection, so an event may arrive twice
//! after a broken one. What does not fit is dropped, the new events first, and counted.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

const HELLO: &str = "{\"type\":\"hello\",\"ack\":true}\n";
const WITHDRAWN: &[u8] = b"{\"type\":\"will\",\"events\":[]}\n";
const MOST_OF_WILL: usize = 4096; // bytes; the server takes no longer one
const RETRY: Duration = Duration::from_millis(100);
const BATCH: usize = 500;
const MOST_BYTES: usize = 8 << 20;

/// A member of an event's data.
#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    /// Any JSON, unchecked: what is none is refused by the server.
    Json(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_string())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}
impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>, // not acknowledged; the first `written` are on their way
    written: usize,
    bytes: usize,
    sent: u64,
    dropped: u64,
    rejected: u64,
    started: bool,
    closed: bool,
    will: Vec<u8>,     // a line, written over each connection; none if empty
    is_will_due: bool, // it is still to be written over this one
    is_connected: bool,
    connection: u64, // which one; answers of an older one do not count
    is_broken: bool,
}

struct Shared {
    path: PathBuf,
    most: usize,
    inside: String, // ,"metadata":{...} of the run around
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
    fn wait<'a>(&self, guard: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        match self.changed.wait_timeout(guard, most) {
            Ok((guard, _)) => guard,
            Err(poisoned) => poisoned.into_inner().0,
        }
    }
}

/// Sends events. Cheap to share by reference or in an `Arc`.
pub struct Producer {
    shared: Arc<Shared>,
}

impl Default for Producer {
    fn default() -> Self {
        Self::new()
    }
}

impl Producer {
    pub fn new() -> Self {
        let directory = std::env::var("RINGSIDE_RUN_DIR").ok().filter(|text| !text.is_empty());
        let path = PathBuf::from(directory.unwrap_or_else(|| "/run/ringside".to_string())).join("events.sock");
        Self::with_options(path, 10_000)
    }

    /// `most`: events that are kept.
    pub fn with_options(path: impl Into<PathBuf>, most: usize) -> Self {
        let mut members = Vec::new();
        for (member, name) in [("task_id", "RINGSIDE_TASK_ID"), ("workflow_id", "RINGSIDE_WORKFLOW_ID")] {
            if let Some(value) = std::env::var(name).ok().filter(|text| !text.is_empty()) {
                members.push((member, Value::Text(value)));
            }
        }
        let inside = if members.is_empty() { String::new() } else { format!(",\"metadata\":{}", object(&members).unwrap_or_default()) };
        let shared = Shared { path: path.into(), most, inside, state: Mutex::default(), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// `data`: a JSON object in one line. Returns whether the event will be sent; false when it was dropped.
    pub fn send_json(&self, event_type: &str, data: &str) -> bool {
        let mut line = String::with_capacity(data.len() + event_type.len() + 64);
        line.push_str("{\"event_type\":");
        quote(&mut line, event_type);
        let _ = writeln!(line, ",\"data\":{}{}}}", data, self.shared.inside);
        self.keep(if data.contains('\n') { None } else { Some(line.into_bytes()) })
    }

    pub fn send(&self, event_type: &str, data: &[(&str, Value)]) -> bool {
        match object(data) {
            Some(data) => self.send_json(event_type, &data),
            None => self.keep(None), // a number that JSON does not have
        }
    }

    pub fn log(&self, level: &str, message: &str, more: &[(&str, Value)]) -> bool {
        self.send("LogEntry", &[&[("level", level.into()), ("message", message.into())], more].concat())
    }

    pub fn metric(&self, name: &str, value: f64, more: &[(&str, Value)]) -> bool {
        self.send("MetricUpdate", &[&[("metric_name", name.into()), ("metric_type", "gauge".into()), ("value", value.into())], more].concat())
    }

    pub fn task(&self, id: &str, status: &str, more: &[(&str, Value)]) -> bool {
        self.send("TaskStatusChanged", &[&[("task_id", id.into()), ("status", status.into())], more].concat())
    }

    pub fn workflow(&self, id: &str, more: &[(&str, Value)]) -> bool {
        self.send("WorkflowProgressUpdate", &[&[("workflow_id", id.into())], more].concat())
    }

    /// Events that the server sends when this program ends without dropping the producer, each a type and its data, a JSON object in one
    /// line; without any, there is no will any more. It replaces the one before. Returns false, and changes nothing, for more than 8 events or 4,096 bytes.
    pub fn will(&self, events: &[(&str, &str)]) -> bool {
        let mut line = String::from("{\"type\":\"will\",\"events\":[");
        for (n, (event_type, data)) in events.iter().enumerate() {
            line.push_str(if n > 0 { ",{\"event_type\":" } else { "{\"event_type\":" });
            quote(&mut line, event_type);
            let _ = write!(line, ",\"data\":{}{}}}", data, self.shared.inside);
        }
        line.push_str("]}");
        if events.len() > 8 || line.len() >= MOST_OF_WILL || line.contains('\n') {
            return false;
        }
        line.push('\n');
        let mut state = self.shared.lock();
        state.will = if events.is_empty() { Vec::new() } else { line.into_bytes() };
        state.is_will_due = true;
        self.start(&mut state);
        true
    }

    /// Wakes the thread, or makes it.
    fn start(&self, state: &mut State) {
        if !state.started {
            let shared = Arc::clone(&self.shared);
            state.started = thread::Builder::new().name("ringside".to_string()).spawn(move || run(&shared)).is_ok();
        }
        self.shared.changed.notify_all();
    }

    /// Accepted for sending.
    pub fn sent(&self) -> u64 {
        self.shared.lock().sent
    }
    /// Did not fit, or could not be JSON.
    pub fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }
    /// Refused by the server.
    pub fn rejected(&self) -> u64 {
        self.shared.lock().rejected
    }

    /// Waits until everything is acknowledged, and returns whether it is.
    pub fn flush(&self, timeout: Duration) -> bool {
        let end = Instant::now() + timeout;
        let mut state = self.shared.lock();
        while !state.waiting.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.wait(state, left);
        }
        true
    }

    fn keep(&self, line: Option<Vec<u8>>) -> bool {
        let mut state = self.shared.lock();
        let line = match line {
            Some(line) if state.waiting.len() < self.shared.most && state.bytes + line.len() <= MOST_BYTES => line,
            _ => {
                state.dropped += 1;
                return false;
            }
        };
        state.bytes += line.len();
        state.waiting.push_back(line);
        state.sent += 1;
        self.start(&mut state);
        true
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let end = Instant::now() + Duration::from_millis(500);
        if self.flush(Duration::from_millis(500)) && !self.shared.lock().will.is_empty() && self.will(&[]) {
            let mut state = self.shared.lock();
            while state.is_will_due && state.is_connected && Instant::now() < end {
                state = self.shared.wait(state, end.saturating_duration_since(Instant::now()));
            }
        }
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

fn run(shared: &Arc<Shared>) {
    loop {
        if let Ok(stream) = UnixStream::connect(&shared.path) {
            let number = {
                let mut state = shared.lock();
                state.written = 0;
                state.is_broken = false;
                state.is_will_due = !state.will.is_empty();
                state.is_connected = true;
                state.connection += 1;
                state.connection
            };
            if let Ok(reading) = stream.try_clone() {
                let other = Arc::clone(shared);
                if thread::Builder::new().spawn(move || read(&other, reading, number)).is_ok() {
                    write(shared, &stream);
                }
            }
            let _ = stream.shutdown(Shutdown::Both);
        }
        let mut state = shared.lock();
        state.is_connected = false;
        shared.changed.notify_all();
        if state.closed {
            return;
        }
        drop(state);
        thread::sleep(RETRY);
        if shared.lock().closed {
            return;
        }
    }
}

/// Writes until the connection breaks or the producer is closed.
fn write(shared: &Shared, mut stream: &UnixStream) {
    let mut text = HELLO.as_bytes().to_vec();
    let mut will: Option<Vec<u8>> = None; // that was in the text
    loop {
        if stream.write_all(&text).is_err() {
            return;
        }
        let mut state = shared.lock();
        if let Some(written) = will.take() {
            state.is_will_due = written != state.will; // another one was left meanwhile
            shared.changed.notify_all();
        }
        while !state.is_will_due && state.written >= state.waiting.len() && !state.closed && !state.is_broken {
            state = shared.wait(state, Duration::from_secs(60));
        }
        if state.is_broken || state.closed {
            return;
        }
        let end = state.waiting.len().min(state.written + BATCH);
        text.clear();
        if state.is_will_due && !state.will.is_empty() {
            text.extend_from_slice(&state.will);
            will = Some(state.will.clone());
        }
        for line in state.waiting.range(state.written..end) {
            text.extend_from_slice(line);
        }
        state.written = end;
        if state.is_will_due && will.is_none() && end == state.waiting.len() {
            text.extend_from_slice(WITHDRAWN); // after the end of a run, which is said before
            will = Some(Vec::new());
        }
    }
}

fn read(shared: &Shared, stream: UnixStream, number: u64) {
    let mut acknowledged = 0;
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        let mut state = shared.lock();
        if state.connection != number {
            return;
        }
        if line.contains("\"error\":") {
            state.rejected += number_after(&line, "\"count\":").unwrap_or(u64::from(line.contains("\"line\":")));
        } else if let Some(n) = number_after(&line, "\"ack\":") {
            while acknowledged < n && state.written > 0 {
                if let Some(first) = state.waiting.pop_front() {
                    state.bytes -= first.len();
                }
                state.written -= 1;
                acknowledged += 1;
            }
            shared.changed.notify_all();
        }
    }
    let mut state = shared.lock();
    if state.connection == number {
        state.is_broken = true;
    }
    shared.changed.notify_all();
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let rest = &text[text.find(name)? + name.len()..];
    rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
}

/// Nothing for a number that is not finite.
fn object(members: &[(&str, Value)]) -> Option<String> {
    let mut out = String::from("{");
    for (name, value) in members {
        if out.len() > 1 {
            out.push(',');
        }
        quote(&mut out, name);
        out.push(':');
        match value {
            Value::Text(text) => quote(&mut out, text),
            Value::Number(number) if number.is_finite() => {
                let _ = write!(out, "{number:?}");
            }
            Value::Number(_) => return None,
            Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::Json(json) => out.push_str(json),
        }
    }
    out.push('}');
    Some(out)
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c < ' ' || c == '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
