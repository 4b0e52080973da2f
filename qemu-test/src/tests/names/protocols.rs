// SPDX-License-Identifier: GPL-2.0
//! What a client, or the server before another one, says first, in every protocol that has names.

use super::get;

/// A length of two bytes, and what has it.
fn sized(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u16).to_be_bytes()[..], content].concat()
}

/// A ClientHello of TLS 1.2 (RFC 5246, section 7.4.1.2; RFC 6066, section 3), in one record.
pub fn client_hello(name: &str) -> Vec<u8> {
    client_hello_behind(0, name)
}

/// The same behind so many bytes of padding (RFC 7685), in records of at most 16 KiB (RFC 8446, section 5.1).
pub fn client_hello_behind(padding: usize, name: &str) -> Vec<u8> {
    let entry = [&[0][..], &sized(name.as_bytes())].concat();
    let mut extensions = [&[0, 21][..], &sized(&vec![0; padding])].concat();
    extensions.extend([&[0, 0][..], &sized(&sized(&entry))].concat());
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    hello.extend(sized(&extensions));
    let length = (hello.len() as u32).to_be_bytes();
    let message = [&[1][..], &length[1..], &hello].concat();
    let records = message
        .chunks(1 << 14)
        .map(|piece| [&[22, 3, 1][..], &sized(piece)].concat());
    records.collect::<Vec<_>>().concat()
}

/// The connection preface of HTTP/2 and empty SETTINGS (RFC 9113, section 3.4).
pub const HTTP2_BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A frame of HTTP/2 (RFC 9113, section 4.1).
pub fn frame(kind: u8, flags: u8, stream: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], content].concat()
}

/// A HEADERS frame of `stream` (RFC 9113, section 6.2) whose authority is a literal without indexing (RFC 7541, section 6.2.2).
pub fn headers(stream: u8, authority: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x84, 0x01, authority.len() as u8];
    block.extend(authority.as_bytes());
    frame(1, 5, stream, &block)
}

/// The beginning of a connection of HTTP/2 with prior knowledge, and its first request.
pub fn http2(host: &str) -> Vec<u8> {
    [HTTP2_BEGINNING, &headers(1, host)].concat()
}

/// A request of HTTP/1.1.
pub fn http1(host: &str) -> Vec<u8> {
    get(host).into_bytes()
}

/// A record of FastCGI (section 3.3) with the request 1.
fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u16;
    [
        &[1, kind, 0, 1][..],
        &length.to_be_bytes(),
        &[0, 0],
        content,
    ]
    .concat()
}

/// A request of FastCGI for a host, without a body.
pub fn fastcgi(host: &str) -> Vec<u8> {
    let mut pair = vec![9, host.len() as u8];
    pair.extend(b"HTTP_HOST");
    pair.extend(host.as_bytes());
    let records = [
        record(1, &[0, 1, 1, 0, 0, 0, 0, 0]),
        record(4, &pair),
        record(4, &[]),
        record(5, &[]),
    ];
    records.concat()
}

/// A request of SCGI without a body: a netstring of variables.
pub fn scgi(host: &str) -> Vec<u8> {
    let variables = format!("CONTENT_LENGTH\00\0SCGI\01\0HTTP_HOST\0{host}\0");
    format!("{}:{variables},", variables.len()).into_bytes()
}

/// A request of uwsgi (modifier 0): variables, each with its length in the order of the x86.
pub fn uwsgi(host: &str) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
    let variables = [text("HTTP_HOST"), text(host)].concat();
    let size = (variables.len() as u16).to_le_bytes();
    [&[0, size[0], size[1], 0][..], &variables].concat()
}

/// A header of the PROXY protocol, version 2 (sections 2.2 and 2.2.7), with an authority.
pub fn proxy(authority: &str) -> Vec<u8> {
    let addresses = [198, 51, 100, 1, 192, 0, 2, 80, 0x13, 0x88, 0, 80];
    let authority = [&[2][..], &sized(authority.as_bytes())].concat();
    let content = [&addresses[..], &authority].concat();
    [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11"[..], &sized(&content)].concat()
}
