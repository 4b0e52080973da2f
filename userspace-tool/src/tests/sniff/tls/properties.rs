// SPDX-License-Identifier: GPL-2.0

//! Properties over generated messages.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::check;
use crate::check::sniff::events;
use crate::check::sniff::tls::cut_records;
use crate::check::sniff::tls::Chance;
use crate::tests::config::config;

use super::*;

/// Extensions that are not `server_name`.
fn others() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        Just(0x0a0a),
        Just(0xfafa),
        Just(0xfe0d),
        Just(41),
        1..=u16::MAX
    ];
    let data = prop_oneof![vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..4000)];
    let extension = (kind, data).prop_map(|(kind, data)| extension(kind, &data));
    vec(extension, 0..6).prop_map(|extensions| extensions.concat())
}

/// Names that are no host's, and are passed over.
fn other_names() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    vec((1..=u8::MAX, vec(any::<u8>(), 0..20)), 0..3)
}

fn front() -> impl Strategy<Value = Vec<u8>> {
    let fixed = vec(any::<u8>(), 34);
    let session = vec(any::<u8>(), 0..=32).prop_map(|bytes| vector(1, &bytes));
    let suites = vec(any::<u16>(), 1..300).prop_map(|suites| {
        let bytes = suites.iter().flat_map(|suite| suite.to_be_bytes());
        vector(2, &bytes.collect::<Vec<u8>>())
    });
    let methods = vec(any::<u8>(), 1..4).prop_map(|bytes| vector(1, &bytes));
    (fixed, session, suites, methods).prop_map(|(a, b, c, d)| [a, b, c, d].concat())
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn name_is_found_wherever_it_stands_and_however_the_message_is_cut(
        front in front(),
        before in others(),
        skipped in other_names(),
        host in "[a-z0-9_-]{1,20}(\\.[a-z0-9_-]{1,20}){0,4}",
        behind in others(),
        seed in any::<u32>(),
    ) {
        let mut names: Vec<(u8, &[u8])> =
            skipped.iter().map(|(kind, name)| (*kind, &name[..])).collect();
        names.push((0, host.as_bytes()));
        let named_at = |extension: Vec<u8>| {
            let extensions = vector(2, &[&before[..], &extension, &behind].concat());
            let message = message(&[front.clone(), extensions].concat());
            let bytes = cut_records(&message, &mut Chance::new(seed));
            (events(&mut Tls::new(), &[&bytes], true), bytes)
        };
        let (events, bytes) = named_at(server_name(&names));
        prop_assert_eq!(&events[0].what, &named(&host));
        // Not a byte earlier.
        let end = events[0].at as usize;
        prop_assert_eq!(answers_at_once(&bytes[..end - 1]), []);
        prop_assert_eq!(answers_at_once(&bytes[..end]), [named(&host)]);

        names.pop();
        let (events, bytes) = named_at(server_name(&names));
        prop_assert_eq!(&events[0].what, &ABSENT);
        prop_assert!(events[0].at <= bytes.len() as u64);
        let (events, _) = named_at(Vec::new());
        prop_assert_eq!(&events[0].what, &ABSENT);
    }

    #[test]
    fn flipped_byte_is_read_as_others_read_it(
        front in front(),
        before in others(),
        host in "[a-zA-Z0-9.-]{0,30}",
        behind in others(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        kind in any::<u8>(),
    ) {
        let host = server_name(&[(0, host.as_bytes())]);
        let extensions = vector(2, &[before, host, behind].concat());
        let mut body = [front, extensions].concat();
        let place = place.index(body.len());
        body[place] = byte;
        check::tls(&[&[kind | 1, byte][..], &body].concat());
        let message = message(&body);
        check::tls(&[&[kind & !1, byte][..], &records(&message)].concat());
    }

    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..600)) {
        check::tls(&bytes);
    }

    #[test]
    fn any_short_message_is_read(bytes in vec(0u8..4, 0..120), kind in any::<u8>()) {
        check::tls(&[&[kind | 1, 0][..], &bytes].concat());
    }
}

fn answers_at_once(bytes: &[u8]) -> Vec<What> {
    let events = events(&mut Tls::new(), &[bytes], false).into_iter();
    events.map(|event| event.what).collect()
}
