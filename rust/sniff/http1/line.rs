// SPDX-License-Identifier: GPL-2.0

//! The first line of a request (RFC 9112, section 3).

use crate::sniff::known::Known;
use crate::sniff::Name;

use super::{
    CR,
    LF, //
};

/// Methods with a meaning here; the case counts (RFC 9110, section 9.1).
const METHODS: [&[u8]; 3] = [b"CONNECT", b"GET", b"PRI"];

/// What a connection is as a target says it (RFC 9110, section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// In the clear.
    Http,
    /// Inside of TLS.
    Https,
}

impl Scheme {
    /// Its name, in lower case.
    fn name(self) -> [&'static [u8]; 1] {
        match self {
            Self::Http => [b"http"],
            Self::Https => [b"https"],
        }
    }
}

/// What a version starts with; the case counts (RFC 9112, section 2.3).
const PROTOCOL: [&[u8]; 1] = [b"HTTP/"];

/// What stands between the version in the preface of HTTP/2 and its last line (RFC 9113, section 3.4).
const EMPTY_LINES: [&[u8]; 1] = [b"\r\n\r\n"];

/// What has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Empty lines in front of the request (RFC 9112, section 2.2).
    Blank,
    /// The method.
    Method,
    /// The spaces behind the method.
    Space,
    /// The first byte of the target.
    Target,
    /// What stands behind an asterisk there.
    Asterisk,
    /// What may be a scheme (RFC 3986, section 3.1) and its colon, behind the first letter.
    Scheme,
    /// The first slash behind them.
    Slash,
    /// The second one.
    Slashes,
    /// The authority in the target (RFC 9112, section 3.2.2).
    Authority,
    /// The rest of the target.
    Rest,
    /// The spaces behind the target, and the version in front of its first number.
    Version,
    /// The first number of the version, which is a digit.
    Major,
    /// The dot behind it.
    Dot,
    /// The second number, of which there may be more digits: nginx takes them, too.
    Minor,
    /// Spaces behind the version.
    Tail,
    /// CR at the end.
    Cr,
    /// CR at the end of a request without version.
    ShortCr,
    /// The ends of lines in the preface of HTTP/2.
    Preface,
}

/// The method, where it means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Connect,
    Get,
    Other,
}

/// What a byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// One of many.
    More,
    /// The first one behind the authority of the target, which is the name.
    Authority,
    /// The first one behind an authority whose scheme is not the connection's.
    OtherScheme,
    /// The last one of a request line.
    Line,
    /// The last one of a request of HTTP/0.9, which is this line alone.
    Short,
    /// The last one of the empty line in the preface of HTTP/2.
    Http2,
    /// One that no request has there.
    Odd,
}

/// A request line while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    scheme: Scheme,
    part: Part,
    /// The part that is compared with known words.
    word: Known,
    method: Method,
    /// Whether all that was read is how HTTP/2 starts.
    preface: bool,
}

impl Line {
    /// No byte was read on a connection that is `scheme`.
    pub(super) const fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            part: Part::Blank,
            word: Known::new(),
            method: Method::Other,
            preface: false,
        }
    }

    /// Whether nothing but empty lines was read.
    pub(super) fn is_blank(&self) -> bool {
        self.part == Part::Blank
    }

    /// Whether of the bytes that come next only controls and spaces count.
    pub(super) fn is_idle(&self) -> bool {
        self.part == Part::Rest
    }

    /// Whether what follows the request may be a tunnel (RFC 9110, section 9.3.6).
    pub(super) fn is_tunnel(&self) -> bool {
        self.method == Method::Connect
    }

    /// Reads the next byte. There may be several spaces for one, and some at the end: nginx takes them, too.
    pub(super) fn read(&mut self, byte: u8, name: &mut Name) -> Read {
        match self.part {
            Part::Blank if matches!(byte, CR | LF) => Read::More,
            Part::Blank | Part::Method => self.in_method(byte),
            Part::Space => self.behind_method(byte, name),
            Part::Target | Part::Asterisk | Part::Scheme | Part::Slash | Part::Slashes => {
                self.in_target(byte, name)
            }
            Part::Authority => self.in_authority(byte, name),
            Part::Rest => self.in_rest(byte),
            Part::Version => self.in_version(byte),
            Part::Major | Part::Dot => self.in_number(byte),
            Part::Minor | Part::Tail | Part::Cr => self.behind_version(byte),
            Part::ShortCr => match byte {
                LF => Read::Short,
                _ => Read::Odd,
            },
            Part::Preface => {
                self.word.push(byte, &EMPTY_LINES);
                match self.word.found(&EMPTY_LINES) {
                    Some(_) => Read::Http2,
                    None => self.possible(&EMPTY_LINES),
                }
            }
        }
    }

    fn possible(&self, words: &[&[u8]]) -> Read {
        match self.word.is_possible(words) {
            true => Read::More,
            false => Read::Odd,
        }
    }

    fn go(&mut self, part: Part) -> Read {
        self.part = part;
        Read::More
    }

    fn in_method(&mut self, byte: u8) -> Read {
        if byte == b' ' && self.word.length() > 0 {
            self.method = match self.word.found(&METHODS) {
                Some(0) => Method::Connect,
                Some(1) => Method::Get,
                _ => Method::Other,
            };
            self.preface = self.word.found(&METHODS) == Some(2);
            return self.go(Part::Space);
        }
        if !is_token(byte) {
            return Read::Odd;
        }
        self.word.push(byte, &METHODS);
        self.go(Part::Method)
    }

    fn behind_method(&mut self, byte: u8, name: &mut Name) -> Read {
        match byte {
            b' ' => Read::More,
            CR | LF => Read::Odd,
            _ if self.is_tunnel() => {
                name.clear();
                self.part = Part::Authority;
                self.in_authority(byte, name)
            }
            _ => {
                self.word = Known::new();
                self.part = Part::Target;
                self.in_target(byte, name)
            }
        }
    }

    fn in_target(&mut self, byte: u8, name: &mut Name) -> Read {
        if is_special(byte) {
            return self.in_rest(byte);
        }
        self.part = match (self.part, byte) {
            (Part::Target, b'*') => Part::Asterisk,
            (Part::Target, b'A'..=b'Z' | b'a'..=b'z')
            | (Part::Scheme, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.') => {
                let byte = byte.to_ascii_lowercase();
                self.word.push(byte, &self.scheme.name());
                Part::Scheme
            }
            (Part::Scheme, b':') => Part::Slash,
            (Part::Slash, b'/') => Part::Slashes,
            (Part::Slashes, b'/') => {
                name.clear();
                Part::Authority
            }
            _ => Part::Rest,
        };
        self.preface &= self.part == Part::Asterisk;
        Read::More
    }

    /// Apache takes an authority if its scheme is the connection's, and the field if not; nginx takes each. An empty one
    /// (`http:///`) is no name to Apache, whatever the field says; nginx refuses it, as RFC 9110, section 4.2.1, wants it.
    fn in_authority(&mut self, byte: u8, name: &mut Name) -> Read {
        match byte {
            b' ' => {}
            b'/' | b'?' | b'#' if !self.is_tunnel() => {}
            _ if is_special(byte) => return Read::Odd,
            _ => {
                name.push(byte);
                return Read::More;
            }
        }
        let own = self.is_tunnel() || self.word.found(&self.scheme.name()).is_some();
        match byte {
            b' ' => self.begin_version(),
            _ => self.part = Part::Rest,
        }
        match own {
            true => Read::Authority,
            false => Read::OtherScheme,
        }
    }

    fn in_rest(&mut self, byte: u8) -> Read {
        match byte {
            b' ' => self.begin_version(),
            CR | LF => return self.end_short(byte),
            _ if is_special(byte) => return Read::Odd,
            _ => {}
        }
        Read::More
    }

    fn begin_version(&mut self) {
        self.word = Known::new();
        self.part = Part::Version;
    }

    fn in_version(&mut self, byte: u8) -> Read {
        match byte {
            b' ' if self.word.length() == 0 => return Read::More,
            CR | LF if self.word.length() == 0 => return self.end_short(byte),
            _ => self.word.push(byte, &PROTOCOL),
        }
        match self.word.found(&PROTOCOL) {
            Some(_) => self.go(Part::Major),
            None => self.possible(&PROTOCOL),
        }
    }

    /// Reads the first number of the version, and the dot behind it. Apache takes each digit but 0.
    fn in_number(&mut self, byte: u8) -> Read {
        match (self.part, byte) {
            (Part::Major, b'0'..=b'9') => {
                self.preface &= byte == b'2';
                self.go(Part::Dot)
            }
            (Part::Dot, b'.') => {
                self.word = Known::new();
                self.go(Part::Minor)
            }
            _ => Read::Odd,
        }
    }

    fn behind_version(&mut self, byte: u8) -> Read {
        let number = self.word.length() > 0;
        match (self.part, byte) {
            (Part::Minor, b'0') if self.preface && !number => self.go(Part::Preface),
            (Part::Minor, b'0'..=b'9') => {
                self.word.push(byte, &[]);
                Read::More
            }
            (Part::Minor | Part::Tail, b' ') => self.go(Part::Tail),
            (Part::Minor | Part::Tail, CR) if number => self.go(Part::Cr),
            (_, LF) if number => Read::Line,
            _ => Read::Odd,
        }
    }

    /// The end of a line without a version. HTTP/0.9 has but one method (RFC 1945, section 4.1).
    fn end_short(&mut self, byte: u8) -> Read {
        match byte {
            _ if self.method != Method::Get => Read::Odd,
            CR => self.go(Part::ShortCr),
            _ => Read::Short,
        }
    }
}

/// Whether a byte may stand in a token (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether a byte ends a target or stands in none: of the others only those of RFC 3986 may, but servers bear with the rest.
pub(super) fn is_special(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_control()
}
