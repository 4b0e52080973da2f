// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a connection of HTTP/1, against a model of it and `httparse`.

mod model;

use httparse::{
    Request,
    Status,
    EMPTY_HEADER, //
};

use crate::limits::HEAD_NAME_BYTES;
use crate::sniff::Http1;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Parser;

use super::cut::said_in_pieces;
use super::Event;
use super::What;

use model::{
    Answers,
    Rest, //
};

/// Any bytes: the first one says how the others are cut, which are a connection, and whether it is inside of TLS. The answers are
/// the same however they are cut, and they are those of the model, and of `httparse` for the heads that it takes.
pub fn http1(bytes: &[u8]) {
    let Some((seed, bytes)) = bytes.split_first() else {
        return;
    };
    // With a last byte that is of no request the end is said that is due.
    let bytes = [bytes, &[0xff]].concat();
    let (make, scheme): (fn() -> Http1, _) = match seed & 0x80 {
        0 => (Http1::new, "http"),
        _ => (Http1::of_records, "https"),
    };
    let said = said_in_pieces(make, *seed, &bytes);
    let model = model::answers(&bytes, scheme);
    check_open(make(), &bytes, &said, &model);
    let said: Vec<What> = said.into_iter().map(|event| event.what).collect();
    check(&model, &said);
    let parsed = parsed(&bytes, scheme);
    assert!(
        said.starts_with(&parsed),
        "{said:?}, by httparse {parsed:?}"
    );
}

fn check(model: &Answers, said: &[What]) {
    match model.all {
        true => assert_eq!(said, model.said),
        false => {
            assert!(said.starts_with(&model.said), "{said:?}, not {model:?}");
            assert!(
                said.len() <= model.said.len() + 2,
                "{said:?}, not {model:?}"
            );
        }
    }
}

/// The request that was told last is open until it ends.
fn check_open(mut parser: Http1, bytes: &[u8], said: &[Event], model: &Answers) {
    let mut name = Name::new();
    let known = match model.all {
        true => bytes.len(),
        false => model.ends.last().copied().unwrap_or(0),
    };
    let (mut told, mut ended) = (0, 0);
    for (at, byte) in (1..=known).zip(bytes) {
        let mut one = &[*byte][..];
        while !one.is_empty() {
            parser.read(&mut one, &mut name);
        }
        for event in said.iter().filter(|event| event.at == at as u64) {
            match event.what {
                What::Named(_) | What::Nameless(_) => told += 1,
                What::Next | What::End | What::Lost => return,
            }
        }
        ended += usize::from(model.ends.contains(&at));
        let foreign = What::Nameless(Nameless::Foreign);
        let open = told > ended && said[0].what != foreign;
        assert_eq!(parser.is_open(), open, "behind {at} bytes: {said:?}");
    }
}

/// What is to be said of the requests at the front of a connection that is `scheme`, whose heads `httparse` takes.
///
/// It takes fewer than we do: none with a value that goes on in the next line, white space before a colon, a line that is no
/// field, CR that ends no line, more than one space for one, no version or another one than HTTP/1.0 and HTTP/1.1, or bytes that
/// are not UTF-8 in the target. It takes longer heads than we do.
pub(crate) fn parsed(mut bytes: &[u8], scheme: &str) -> Vec<What> {
    let mut said = Vec::new();
    loop {
        let mut headers = [EMPTY_HEADER; 64];
        let mut request = Request::new(&mut headers);
        let Ok(Status::Complete(length)) = request.parse(bytes) else {
            return said;
        };
        let method = request.method.unwrap();
        if length >= HEAD_NAME_BYTES as usize {
            return said;
        }
        let tunnel = method == "CONNECT";
        let authority = model::authority(request.path.unwrap(), tunnel, scheme);
        let values = |name: &str| -> Vec<Vec<u8>> {
            let fields = request.headers.iter();
            let fields = fields.filter(|field| field.name.eq_ignore_ascii_case(name));
            fields.map(|field| model::value(field.value)).collect()
        };
        let host = values("Host").into_iter().next().unwrap_or_default();
        said.push(match authority {
            Some(authority) => authority.answer(authority.text.as_bytes()),
            None => model::answer(&host),
        });
        let (lengths, codings) = (values("Content-Length"), values("Transfer-Encoding"));
        let body = model::body(&lengths, &codings);
        match model::behind(&bytes[length..], body) {
            Rest::At(rest) => bytes = rest,
            Rest::Lost => {
                said.push(What::Lost);
                return said;
            }
            Rest::Unfinished | Rest::Unknown => return said,
        }
    }
}
