// SPDX-License-Identifier: GPL-2.0

//! Connections of the `h2` crate's client.

use http::HeaderMap;
use http::Request;
use tokio::io::AsyncReadExt;

use super::*;

/// A request: what it names, fields beside, a body, and whether trailers follow.
type Asked<'a> = (&'a str, Vec<(&'a str, String)>, usize, bool);

/// What a client sends that makes these requests, and gets no byte.
fn sent(requests: &[Asked<'_>]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        let (mut client, connection) = h2::client::handshake(near).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut streams = Vec::new();
        for (host, fields, body, trailers) in requests {
            let mut request = Request::builder().uri(format!("http://{host}/"));
            for (name, value) in fields {
                request = request.header(*name, value);
            }
            let request = request.body(()).unwrap();
            let ended = *body == 0 && !trailers;
            client = client.ready().await.unwrap();
            let (response, mut stream) = client.send_request(request, ended).unwrap();
            if *body > 0 {
                stream.send_data(vec![0; *body].into(), !trailers).unwrap();
            }
            if *trailers {
                let mut map = HeaderMap::new();
                map.insert("x-sum", "1".parse().unwrap());
                map.insert("host", "trailer.example".parse().unwrap());
                stream.send_trailers(map).unwrap();
            }
            streams.push((response, stream));
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
        connection.abort();
        let _ = connection.await;
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        bytes
    })
}

/// What is said of the client's requests.
fn asked(requests: &[Asked<'_>]) -> Vec<What> {
    let bytes = sent(requests);
    assert!(bytes.starts_with(PREFACE));
    let said = of(&[bytes[PREFACE.len()..].to_vec()]);
    assert_eq!(said, answers(Http2::new, &bytes));
    said
}

#[test]
fn one_request() {
    assert_eq!(
        asked(&[("flowers.example", vec![], 0, false)]),
        [is("flowers.example")]
    );
}

#[test]
fn many_hosts_on_one_connection() {
    let hosts: Vec<String> = (0..90)
        .map(|at| format!("host-{}.example:8080", at % 17))
        .collect();
    let requests: Vec<Asked<'_>> = hosts
        .iter()
        .enumerate()
        .map(|(at, host)| {
            let fields = vec![
                ("user-agent", "test/1.0".to_owned()),
                ("cookie", format!("id={}", "x".repeat(at * 7))),
                ("x-request-id", format!("{at:08x}-{}", at * at)),
            ];
            (host.as_str(), fields, at % 3 * 10, at % 5 == 0)
        })
        .collect();
    let said = asked(&requests);
    let names = hosts.iter().map(|host| is(host.trim_end_matches(":8080")));
    assert_eq!(said, names.collect::<Vec<_>>());
}

#[test]
fn large_blocks_are_continued() {
    let cookies = || {
        (0..10)
            .map(|at| ("cookie", "c".repeat(4000 + at)))
            .collect()
    };
    let requests = [
        ("a.example", cookies(), 0, true),
        (
            "b.example",
            vec![("host", "c.example".to_owned())],
            5,
            false,
        ),
        ("a.example", cookies(), 30_000, true),
        ("b.example", vec![], 0, false),
    ];
    let bytes = sent(&requests);
    let frames = &bytes[PREFACE.len()..];
    let mut rest = frames;
    let mut kinds = Vec::new();
    while let [a, b, c, kind, behind @ ..] = rest {
        kinds.push(*kind);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        rest = &behind[5 + length..];
    }
    assert!(kinds.contains(&9), "{kinds:?}");
    let names = ["a.example", "b.example", "a.example", "b.example"];
    assert_eq!(asked(&requests), names.map(is));
}
