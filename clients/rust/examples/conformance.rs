//! The conformance driver for Rust; clients/conformance/README.md describes the commands.

use ringside::Producer;
use std::io::BufRead;
use std::time::Duration;

/// Resolves the escapes of a JSON string.
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text[1..text.len() - 1].chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let ringside = Producer::with_options(&arguments[1], arguments[2].parse().unwrap());
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split('\t').collect();
        match words[0] {
            "send" => {
                ringside.send_json(words[1], words[2]);
            }
            "log" => {
                ringside.log(words[1], &unquoted(words[2]), &[]);
            }
            "metric" => {
                ringside.metric(words[1], words[2].parse().unwrap_or(f64::NAN), &[]);
            }
            "task" => {
                let progress: f64 = words[4].parse().unwrap();
                ringside.task(words[1], words[2], &[("name", words[3].into()), ("progress", progress.into())]);
            }
            "will" => {
                ringside.will(&words[1..].chunks(2).map(|event| (event[0], event[1])).collect::<Vec<_>>());
            }
            "burst" => {
                for n in 0..words[1].parse::<u64>().unwrap() {
                    ringside.log("INFO", &format!("burst {n}"), &[]);
                }
            }
            "flush" => println!("flush {}", u8::from(ringside.flush(Duration::from_millis(words[1].parse().unwrap())))),
            "stats" => println!("stats {} {} {}", ringside.sent(), ringside.dropped(), ringside.rejected()),
            _ => {}
        }
    }
}
