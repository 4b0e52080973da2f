// SPDX-License-Identifier: GPL-2.0

//! HTTP/1 as it is read from all bytes at once: line by line, each of them whole.

use crate::limits::HEAD_NAME_BYTES;
use crate::sniff::Name;
use crate::sniff::Nameless;

use super::super::What;

/// What is to be said of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) said: Vec<What>,
    /// Behind how many bytes each complete request ends.
    pub(crate) ends: Vec<usize>,
    /// Whether that is all. Otherwise the bytes end in a line that may be known to be odd already, or a limit is near.
    pub(crate) all: bool,
}

/// What comes behind something that was read.
pub(crate) enum Rest<'a> {
    /// Bytes, or none.
    At(&'a [u8]),
    /// It goes on behind the bytes.
    Unfinished,
    /// It goes on behind the bytes, or is odd.
    Unknown,
    /// The connection is given up.
    Lost,
}

/// What follows a head.
pub(crate) enum Body {
    Length(u64),
    Chunked,
    Unknown,
}

/// What is to be said of all requests.
pub(crate) fn answers(connection: &[u8], scheme: &str) -> Answers {
    let mut bytes = connection;
    let (mut said, mut ends) = (Vec::new(), Vec::new());
    // Whether the request before may have changed the protocol.
    let mut before = None;
    let all = loop {
        let answered = said.len();
        let mut change = false;
        let rest = request(bytes, scheme, &mut said, &mut change);
        let foreign = said.get(answered) == Some(&What::Nameless(Nameless::Foreign));
        if foreign && before.is_some() {
            said.remove(answered);
        }
        match rest {
            Rest::At(rest) => bytes = rest,
            Rest::Unfinished => break true,
            Rest::Unknown => break false,
            Rest::Lost => {
                said.push(match foreign && before != Some(false) {
                    true => What::End,
                    false => What::Lost,
                });
                break true;
            }
        }
        before = Some(change);
        ends.push(connection.len() - bytes.len());
    };
    Answers { said, ends, all }
}

/// One request; `change` becomes whether it may change the protocol.
fn request<'a>(bytes: &'a [u8], scheme: &str, said: &mut Vec<What>, change: &mut bool) -> Rest<'a> {
    let start = bytes.iter().position(|byte| !b"\r\n".contains(byte));
    let Some((line, fields)) = start.and_then(|start| line(&bytes[start..])) else {
        return Rest::Unknown;
    };
    let mut head = Head::default();
    let rest = head.read(fields);
    let length = bytes.len() - rest.map_or(0, <[u8]>::len);
    if length >= HEAD_NAME_BYTES as usize {
        return Rest::Unknown;
    }
    let mut first = None;
    let line = request_line(line, scheme, &mut first);
    let ended = bytes[..bytes.len() - fields.len()].ends_with(b"\r\n");
    let tunnel = match line {
        Some(Version::One { tunnel }) => tunnel,
        Some(Version::Two) if ended && fields.starts_with(b"\r\n") => {
            said.push(What::Next);
            return Rest::Unfinished;
        }
        Some(Version::Two) if ended && b"\r\n".starts_with(fields) => return Rest::Unfinished,
        // What makes it odd may be the last byte.
        Some(Version::Two) if ended && fields.len() <= b"\r\n".len() => return Rest::Unknown,
        Some(Version::None) => {
            said.push(first.unwrap_or(What::Nameless(Nameless::Absent)));
            return Rest::Lost;
        }
        Some(Version::Two) | None => {
            said.push(first.unwrap_or(What::Nameless(Nameless::Foreign)));
            return Rest::Lost;
        }
    };
    let first = first.or(head.host.map(|host| answer(&host)));
    let Some(rest) = rest else {
        said.extend(first);
        return Rest::Unfinished;
    };
    said.push(first.unwrap_or(What::Nameless(Nameless::Absent)));
    *change = tunnel || head.upgrade;
    behind(rest, body(&head.lengths, &head.codings))
}

/// What a host's name says.
pub(crate) fn answer(host: &[u8]) -> What {
    let mut name = Name::new();
    name.extend(host);
    match name.get() {
        Ok(name) => What::Named(name.to_owned()),
        Err(why) => What::Nameless(why),
    }
}

/// The first line without its end, and what is behind it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

enum Version {
    One { tunnel: bool },
    Two,
    None,
}

/// A request line, and what its target says even if the line is odd behind it.
fn request_line(line: &[u8], scheme: &str, said: &mut Option<What>) -> Option<Version> {
    let text: String = line.iter().copied().map(char::from).collect();
    let (method, rest) = text.split_once(' ')?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if method.is_empty() || !method.chars().all(token) {
        return None;
    }
    let rest = rest.trim_start_matches(' ');
    let (target, version) = match rest.split_once(' ') {
        Some((target, version)) => (target, Some(version)),
        None => (rest, None),
    };
    let tunnel = method == "CONNECT";
    if let Some(authority) = authority(target, tunnel, scheme) {
        let odd = authority.text.chars().any(|c| c.is_ascii_control());
        if odd || !authority.ended && version.is_none() {
            return None;
        }
        // Latin-1, as it was read.
        let bytes: Vec<u8> = authority.text.chars().map(|c| c as u8).collect();
        *said = Some(authority.answer(&bytes));
    }
    if target.is_empty() || target.chars().any(|c| c.is_ascii_control()) {
        return None;
    }
    let version = version.unwrap_or("").trim_matches(' ');
    if version.is_empty() {
        return (method == "GET").then_some(Version::None);
    }
    if (method, target) == ("PRI", "*") && version.starts_with("HTTP/2.0") {
        // Nothing may stand behind it, not even a space.
        let whole = version == "HTTP/2.0" && line.ends_with(b"HTTP/2.0");
        return whole.then_some(Version::Two);
    }
    let (major, minor) = version.strip_prefix("HTTP/")?.split_once('.')?;
    let digits = |number: &str| number.chars().all(|c| c.is_ascii_digit());
    if major.len() != 1 || minor.is_empty() || !digits(major) || !digits(minor) {
        return None;
    }
    Some(Version::One { tunnel })
}

/// The authority in a target.
pub(crate) struct Authority<'a> {
    pub(crate) text: &'a str,
    /// Whether its scheme is the connection's, or it needs none.
    own: bool,
    /// Whether something behind it in the target ends it.
    ended: bool,
}

impl Authority<'_> {
    /// What it says, if these are its bytes.
    pub(crate) fn answer(&self, bytes: &[u8]) -> What {
        match self.own {
            true => answer(bytes),
            false => What::Nameless(Nameless::Malformed),
        }
    }
}

/// The authority in a target on a connection that is `scheme`.
pub(crate) fn authority<'a>(target: &'a str, tunnel: bool, scheme: &str) -> Option<Authority<'a>> {
    if tunnel {
        let authority = Authority {
            text: target,
            own: true,
            ended: false,
        };
        return (!target.is_empty()).then_some(authority);
    }
    let (own, rest) = target.split_once("://")?;
    let is_scheme = own.starts_with(|c: char| c.is_ascii_alphabetic())
        && own
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let end = rest.find(['/', '?', '#']);
    is_scheme.then_some(Authority {
        text: &rest[..end.unwrap_or(rest.len())],
        own: own.eq_ignore_ascii_case(scheme),
        ended: end.is_some(),
    })
}

/// The values of the fields that count.
#[derive(Default)]
struct Head {
    host: Option<Vec<u8>>,
    lengths: Vec<Vec<u8>>,
    codings: Vec<Vec<u8>>,
    upgrade: bool,
}

impl Head {
    /// Reads the complete fields; says what is behind the head if all of it is there.
    fn read<'a>(&mut self, mut bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut field: Option<Vec<u8>> = None;
        loop {
            let folded = [b' ', b'\t'].contains(bytes.first()?);
            if let Some(field) = field.take_if(|_| !folded) {
                self.keep(&field);
            }
            let (line, rest) = line(bytes)?;
            match &mut field {
                _ if line.is_empty() => return Some(rest),
                Some(field) if folded => field.extend_from_slice(line),
                _ if folded => {}
                _ => field = Some(line.to_vec()),
            }
            bytes = rest;
        }
    }

    fn keep(&mut self, field: &[u8]) {
        let Some(colon) = field.iter().position(|byte| *byte == b':') else {
            return;
        };
        let value = value(&field[colon + 1..]);
        match &field[..colon].to_ascii_lowercase()[..] {
            b"host" => self.host = self.host.take().or(Some(value)),
            b"content-length" => self.lengths.push(value),
            b"transfer-encoding" => self.codings.push(value),
            b"upgrade" => self.upgrade = true,
            _ => {}
        }
    }
}

/// What stands behind a colon, without white space around it; all white space is spaces.
pub(crate) fn value(bytes: &[u8]) -> Vec<u8> {
    let spaced = bytes.iter().map(|byte| match byte {
        b'\r' | b'\t' => b' ',
        _ => *byte,
    });
    trim(&spaced.collect::<Vec<u8>>())
}

/// The bytes without spaces around them.
fn trim(bytes: &[u8]) -> Vec<u8> {
    let front = bytes.iter().position(|byte| *byte != b' ');
    let back = bytes.iter().rposition(|byte| *byte != b' ');
    match (front, back) {
        (Some(front), Some(back)) => bytes[front..=back].to_vec(),
        _ => Vec::new(),
    }
}

/// What follows a head with these fields.
pub(crate) fn body(lengths: &[Vec<u8>], codings: &[Vec<u8>]) -> Body {
    let split = |list: &[Vec<u8>]| -> Vec<Vec<u8>> {
        let items = list
            .iter()
            .flat_map(|value| value.split(|byte| *byte == b','));
        items.map(trim).collect()
    };
    if !codings.is_empty() {
        let list = split(codings);
        let last = list.iter().rfind(|coding| !coding.is_empty());
        return match last {
            Some(last) if last.eq_ignore_ascii_case(b"chunked") => Body::Chunked,
            _ => Body::Unknown,
        };
    }
    let numbers: Option<Vec<u64>> = split(lengths)
        .iter()
        .map(|number| match number.iter().all(u8::is_ascii_digit) {
            true => std::str::from_utf8(number).ok()?.parse().ok(),
            false => None,
        })
        .collect();
    match numbers.as_deref() {
        Some([]) => Body::Length(0),
        Some([first, others @ ..]) if others.iter().all(|it| it == first) => Body::Length(*first),
        _ => Body::Unknown,
    }
}

/// What is behind a body.
pub(crate) fn behind(bytes: &[u8], body: Body) -> Rest<'_> {
    match body {
        Body::Unknown => Rest::Lost,
        Body::Chunked => behind_chunks(bytes),
        Body::Length(length) => match usize::try_from(length).map(|length| bytes.get(length..)) {
            Ok(Some(rest)) => Rest::At(rest),
            _ => Rest::Unfinished,
        },
    }
}

fn behind_chunks(mut bytes: &[u8]) -> Rest<'_> {
    loop {
        let Some((line, data)) = line(bytes) else {
            return Rest::Unknown;
        };
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (size, behind) = line.split_at(digits);
        let size = std::str::from_utf8(size).unwrap_or("");
        let Ok(size) = u64::from_str_radix(size, 16) else {
            return Rest::Lost;
        };
        let extension = matches!(behind, [] | [b';' | b' ' | b'\t', ..]);
        if !extension || behind.contains(&b'\r') {
            return Rest::Lost;
        }
        bytes = data;
        if size == 0 {
            break;
        }
        let Ok(Some(rest)) = usize::try_from(size).map(|size| bytes.get(size..)) else {
            return Rest::Unfinished;
        };
        bytes = match rest {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            [] | [b'\r'] => return Rest::Unfinished,
            _ => return Rest::Lost,
        };
    }
    while let Some((line, rest)) = line(bytes) {
        if line.is_empty() {
            return Rest::At(rest);
        }
        bytes = rest;
    }
    Rest::Unfinished
}
