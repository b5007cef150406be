//! The table `[target]`: an HTTP service instead of a pool.

use std::time::Duration;

use toml::de::DeValue;

use crate::scenario::read::{Least, Section, told};
use crate::scenario::{Answers, Header, HeaderValue, Hosts, Kept, Site, Statuses, Target};
use crate::target::HttpUrl;

const PATH: &str = "write a path that begins with /, without spaces and without #";

pub(super) fn target(section: Section<'_, '_>) -> Option<Target> {
    let sites = sites(&section);
    let method = match section.text("method", "write a method, like \"POST\"") {
        None => Some("GET".to_owned()),
        Some(text) if text.value.chars().all(|c| c.is_ascii_uppercase()) => Some(text.value.to_owned()),
        Some(text) => {
            section.fault(&text, "found something else", "write a method in capital letters, like \"POST\"");
            None
        }
    };
    let path = if section.has("path") { path(&section, "path") } else { Some(Kept::path("/")) };
    let headers = section.sections("headers", "headers").into_iter().map(header).collect::<Vec<_>>();
    let body = section.text("body", "write the body as a text").map_or("", |body| body.value);
    let success = if section.has("success") {
        answers(&section, "success", "success-says")
    } else {
        let says = says(&section, "success-says");
        Some(Answers { statuses: vec![Statuses::SUCCESS], says })
    };
    let timed_out = if section.has("timed-out") {
        Some(answers(&section, "timed-out", "timed-out-says")?)
    } else {
        if section.has("timed-out-says") {
            section.missing("timed-out", "write the statuses that go with \"timed-out-says\", like [503]");
        }
        None
    };
    let timeout: Option<Option<Duration>> = if section.has("timeout") {
        section.duration("timeout", Least::AboveZero).map(Some)
    } else {
        Some(None)
    };
    let bystander = if section.has("bystander-path") { Some(path_of_bystanders(&section)?) } else { None };
    let hosts = hosts(&section);
    section.finish();
    Some(Target {
        sites: sites?,
        method: method?,
        path: path?,
        headers: headers.into_iter().collect::<Option<_>>()?,
        body: Kept::body(body),
        success: success?,
        timed_out,
        timeout: timeout?,
        bystander,
        hosts: hosts?,
    })
}

/// No message says what was found: it may be a password.
fn sites(section: &Section<'_, '_>) -> Option<Vec<Site>> {
    if !section.has("urls") {
        return Some(Vec::new());
    }
    let texts = section.texts("urls", "write a list of addresses, like [\"http://127.0.0.1:8120\"]")?;
    if texts.is_empty() {
        section.missing("urls", "name at least one address, or leave the key out and give --http");
        return None;
    }
    let sites: Vec<Option<Site>> = texts
        .into_iter()
        .map(|text| match text.value.parse::<HttpUrl>() {
            Ok(url) => Some(Site::of(url)),
            Err(fault) => {
                section.fault(&text, "found an address that cannot be used", fault.to_string());
                None
            }
        })
        .collect();
    sites.into_iter().collect()
}

fn path(section: &Section<'_, '_>, key: &'static str) -> Option<Kept> {
    let text = section.text(key, PATH)?;
    let sound = text.value.starts_with('/')
        && text.value.chars().all(|c| c.is_ascii_graphic() && !"#\"<>\\^`|".contains(c));
    if !sound {
        section.fault(&text, "found something else", PATH);
    }
    sound.then(|| Kept::path(text.value))
}

fn path_of_bystanders(section: &Section<'_, '_>) -> Option<Kept> {
    path(section, "bystander-path")
}

fn header(section: Section<'_, '_>) -> Option<Header> {
    let name = section.text("name", "name the header, like \"content-type\"");
    if !section.has("name") {
        section.missing("name", "name the header, like \"content-type\"");
    }
    let value = section.text("value", "write the value as a text");
    let env = section.text("env", "name the environment variable that holds the value");
    let value = match (value, env) {
        (Some(value), None) if value.value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) => {
            Some(HeaderValue::Written(Kept::body(value.value)))
        }
        (Some(value), None) => {
            section.fault(
                &value,
                "found something else",
                "write letters, digits and signs of ASCII on one line",
            );
            None
        }
        (None, Some(env)) => Some(HeaderValue::FromEnvironment(env.value.to_owned())),
        _ => {
            section.missing(
                "value",
                "give either \"value\", or \"env\" with the variable that holds the value, as a credential should",
            );
            None
        }
    };
    let name = name.and_then(|name| {
        let word = name.value.to_ascii_lowercase();
        let token = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!#$%&'*+^`|~".contains(c));
        let ours = ["connection", "content-length", "transfer-encoding", "upgrade", "expect", "te"];
        let fault = match (token, ours.contains(&word.as_str())) {
            (false, _) => "a header's name has letters, digits and -",
            (true, true) => "this header is written by poolbench: leave it out",
            (true, false) => return Some(word),
        };
        section.fault(&name, format!("found \"{}\"", name.value), fault);
        None
    });
    section.finish();
    Some(Header { name: name?, value: value? })
}

fn answers(section: &Section<'_, '_>, key: &'static str, words: &'static str) -> Option<Answers> {
    let mend = "write a list of statuses, like [\"2xx\", 404]";
    let values = section.values(key, mend)?;
    if values.value.is_empty() {
        section.fault(&values, "found an empty list", mend);
        return None;
    }
    let read = |value: &DeValue<'_>| match value {
        DeValue::Integer(number) => number.as_str().parse::<Statuses>().ok(),
        DeValue::String(text) => text.parse::<Statuses>().ok(),
        _ => None,
    };
    let mut statuses = Vec::new();
    let mut sound = true;
    for (value, span, at) in values.value {
        match read(value) {
            Some(found) => statuses.push(found),
            None => {
                sound = false;
                section.reader().fault(span, &at, told(value), mend);
            }
        }
    }
    let says = says(section, words);
    sound.then_some(Answers { statuses, says })
}

fn says(section: &Section<'_, '_>, key: &'static str) -> Option<String> {
    section
        .text(key, "write words that stand in the body of such an answer")
        .map(|text| text.value.to_owned())
}

fn hosts(section: &Section<'_, '_>) -> Option<Hosts> {
    if !section.has("allow-remote") {
        return Some(Hosts::ThisMachine);
    }
    let choices = |value: &DeValue<'_>| value.as_bool();
    let allowed = section.chosen("allow-remote", "write true or false", choices)?;
    Some(if allowed { Hosts::Any } else { Hosts::ThisMachine })
}
