// SPDX-License-Identifier: GPL-2.0

//! What a client sends that others wrote: `rustls`, with keys and encryption of our own, as nobody answers.

use std::sync::Arc;

use rustls::client::EchConfig;
use rustls::client::EchGreaseConfig;
use rustls::client::EchMode;
use rustls::crypto::hpke::EncapsulatedSecret;
use rustls::crypto::hpke::Hpke;
use rustls::crypto::hpke::HpkeOpener;
use rustls::crypto::hpke::HpkePrivateKey;
use rustls::crypto::hpke::HpkePublicKey;
use rustls::crypto::hpke::HpkeSealer;
use rustls::crypto::hpke::HpkeSuite;
use rustls::crypto::ring::default_provider;
use rustls::crypto::ActiveKeyExchange;
use rustls::crypto::SharedSecret;
use rustls::crypto::SupportedKxGroup;
use rustls::internal::msgs::enums::HpkeAead;
use rustls::internal::msgs::enums::HpkeKdf;
use rustls::internal::msgs::enums::HpkeKem;
use rustls::internal::msgs::handshake::HpkeSymmetricCipherSuite;
use rustls::pki_types::EchConfigListBytes;
use rustls::pki_types::ServerName;
use rustls::version::TLS12;
use rustls::version::TLS13;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::Error;
use rustls::NamedGroup;
use rustls::RootCertStore;

use super::*;

/// A group whose public key is so many bytes.
#[derive(Clone, Copy, Debug)]
struct Group(NamedGroup, usize);

/// X25519MLKEM768, and one of 15,000 bytes that is nobody's.
static GROUPS: [Group; 2] = [
    Group(NamedGroup::X25519MLKEM768, 1216),
    Group(NamedGroup::Unknown(0xfe11), 15_000),
];

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Key(self.0, vec![0x5a; self.1])))
    }

    fn name(&self) -> NamedGroup {
        self.0
    }
}

struct Key(NamedGroup, Vec<u8>);

impl ActiveKeyExchange for Key {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, Error> {
        unreachable!("nobody answers")
    }

    fn pub_key(&self) -> &[u8] {
        &self.1
    }

    fn group(&self) -> NamedGroup {
        self.0
    }
}

/// Encryption that does not hide anything.
#[derive(Debug)]
struct Plain;

impl Hpke for Plain {
    fn seal(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &HpkePublicKey,
    ) -> Result<(EncapsulatedSecret, Vec<u8>), Error> {
        unreachable!("a context is used")
    }

    fn setup_sealer(
        &self,
        _: &[u8],
        _: &HpkePublicKey,
    ) -> Result<(EncapsulatedSecret, Box<dyn HpkeSealer + 'static>), Error> {
        Ok((EncapsulatedSecret(vec![0xe5; 32]), Box::new(Plain)))
    }

    fn open(
        &self,
        _: &EncapsulatedSecret,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: &HpkePrivateKey,
    ) -> Result<Vec<u8>, Error> {
        unreachable!("nobody answers")
    }

    fn setup_opener(
        &self,
        _: &EncapsulatedSecret,
        _: &[u8],
        _: &HpkePrivateKey,
    ) -> Result<Box<dyn HpkeOpener + 'static>, Error> {
        unreachable!("nobody answers")
    }

    fn generate_key_pair(&self) -> Result<(HpkePublicKey, HpkePrivateKey), Error> {
        unreachable!("the key is given")
    }

    fn suite(&self) -> HpkeSuite {
        HpkeSuite {
            kem: HpkeKem::DHKEM_X25519_HKDF_SHA256,
            sym: HpkeSymmetricCipherSuite {
                kdf_id: HpkeKdf::HKDF_SHA256,
                aead_id: HpkeAead::AES_128_GCM,
            },
        }
    }
}

impl HpkeSealer for Plain {
    fn seal(&mut self, _: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
        Ok([text, &[0; 16]].concat())
    }
}

/// Whether a client hides the name (RFC 9849), or looks as if.
#[derive(Clone, Copy, Debug)]
enum Ech {
    No,
    Grease,
    /// It hides it, and `front.example` is seen.
    Yes,
}

/// How a client is set up: for these versions, with this encryption, and with so many of [`GROUPS`] before its own.
fn client(versions: u8, ech: Ech, groups: usize) -> ClientConfig {
    let mut provider = default_provider();
    for group in GROUPS.iter().take(groups) {
        provider.kx_groups.insert(0, group);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(provider));
    let mode = match ech {
        Ech::No => None,
        Ech::Grease => {
            let key = HpkePublicKey(vec![9; 32]);
            Some(EchGreaseConfig::new(&Plain, key).into())
        }
        Ech::Yes => {
            let config = EchConfig::new(ech_configs(), &[&Plain as &dyn Hpke]);
            Some(EchMode::Enable(config.unwrap()))
        }
    };
    let builder = match (mode, versions) {
        (Some(mode), _) => builder.with_ech(mode),
        (None, 12) => builder.with_protocol_versions(&[&TLS12]),
        (None, 13) => builder.with_protocol_versions(&[&TLS13]),
        (None, _) => builder.with_protocol_versions(&[&TLS13, &TLS12]),
    };
    let builder = builder.unwrap();
    let mut config = builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// An `ECHConfigList` of `front.example`: RFC 9849, section 4.
fn ech_configs() -> EchConfigListBytes<'static> {
    let key = [
        &[7, 0, 0x20][..],
        &vector(2, &[9; 32]),
        &vector(2, &[0, 1, 0, 1]),
    ];
    let contents = [
        &key.concat()[..],
        &[0],
        &vector(1, b"front.example"),
        &[0, 0],
    ];
    let config = [&[0xfe, 0x0d][..], &vector(2, &contents.concat())];
    EchConfigListBytes::from(vector(2, &config.concat()))
}

/// What the client sends to a server of this name.
fn sent(config: ClientConfig, name: &str) -> Vec<u8> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes).unwrap();
    }
    bytes
}

/// Checks what is said of a client, and that `tls-parser` says the same.
fn check(config: ClientConfig, name: &str, expected: What) {
    let bytes = sent(config, name);
    let answers = answers(Tls::new, &[&bytes[..], &[0]].concat());
    assert_eq!(answers, [expected, What::End], "{name}");
    crate::check::tls(&[&[0, 7][..], &bytes].concat());
}

#[test]
fn names_of_clients_are_read() {
    let label = "a".repeat(63);
    let long = [&label[..], &label, &label, &label[..61]].join(".");
    for name in ["a", "flowers.example", "xn--bcher-kva.example", &long] {
        for versions in [12, 13, 0] {
            for groups in 0..=2 {
                check(client(versions, Ech::No, groups), name, named(name));
                check(client(versions, Ech::Grease, groups), name, named(name));
                let front = named("front.example");
                check(client(versions, Ech::Yes, groups), name, front);
            }
        }
    }
}

#[test]
fn names_of_clients_are_compared_in_one_form() {
    for name in ["Flowers.EXAMPLE", "flowers.example.", "FLOWERS.example."] {
        check(client(0, Ech::No, 0), name, named("flowers.example"));
    }
}

#[test]
fn clients_without_a_name_have_none() {
    for groups in 0..=2 {
        for address in ["192.0.2.10", "2001:db8::10"] {
            check(client(0, Ech::No, groups), address, ABSENT);
        }
        let mut config = client(0, Ech::No, groups);
        config.enable_sni = false;
        check(config, "flowers.example", ABSENT);
    }
}

#[test]
fn clients_may_cut_the_message() {
    for bytes in [32, 33, 64, 100, 500, 1000] {
        for ech in [Ech::No, Ech::Grease] {
            let mut config = client(0, ech, 2);
            config.max_fragment_size = Some(bytes);
            check(config, "flowers.example", named("flowers.example"));
        }
    }
}

#[test]
fn keys_of_clients_are_as_large_as_they_should_be() {
    let sizes = [0, 1, 2].map(|groups| sent(client(0, Ech::No, groups), "a.example").len());
    assert!(sizes[0] < 500, "{sizes:?}");
    assert!(sizes[1] > sizes[0] + 1100, "{sizes:?}");
    assert!(sizes[2] > 15_000, "{sizes:?}");
}

/// What clients sent, from where the fuzzer starts: each file has two bytes before it.
#[test]
fn names_of_captured_clients_are_read() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/tls/");
    let host = named("flowers.example");
    for (file, expected) in [
        ("curl", host.clone()),
        ("gnutls", host.clone()),
        ("gnutls_no_extensions", ABSENT),
        ("java", host.clone()),
        ("node", host.clone()),
        ("nss", host.clone()),
        ("openssl", host.clone()),
        ("openssl_no_name", ABSENT),
        ("openssl_psk", host.clone()),
        ("openssl_tls1", host.clone()),
        ("rustls_cut", host.clone()),
        ("rustls_ech", named("front.example")),
        ("rustls_ech_grease", host),
        ("wget", named("localhost")),
    ] {
        let seed = std::fs::read(format!("{seeds}{file}")).unwrap();
        crate::check::tls(&seed);
        let bytes = [&seed[2..], &[0]].concat();
        assert_eq!(answers(Tls::new, &bytes), [expected, What::End], "{file}");
    }
}
