// SPDX-License-Identifier: GPL-2.0
//! What the kernel itself says of TCP connections and of who has them open.

use std::fs;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::path::Path;

/// A socket of `/proc/net/tcp` or `/proc/net/tcp6`.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// Its own address.
    pub local: SocketAddr,
    /// The other end's.
    pub peer: SocketAddr,
    /// Whether it listens.
    pub listens: bool,
    inode: u64,
}

/// An open descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The process.
    pub process: i32,
    /// The number of the descriptor.
    pub fd: i32,
}

/// All TCP sockets of the network namespace that listen or are connected.
pub fn tcp() -> Vec<Tcp> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|text| text.lines().skip(1).filter_map(parse).collect::<Vec<_>>())
        .collect()
}

/// Whether somebody listens on `address`, be it on the wildcard.
pub fn listens(address: SocketAddr) -> bool {
    tcp().iter().any(|socket| {
        let here = socket.local.ip() == address.ip() || socket.local.ip().is_unspecified();
        socket.listens && here && socket.local.port() == address.port()
    })
}

/// The server's ends of the connections to `address`.
pub fn accepted(address: SocketAddr) -> Vec<Tcp> {
    tcp()
        .into_iter()
        .filter(|socket| !socket.listens && socket.local == address)
        .collect()
}

impl Tcp {
    /// Every descriptor of it in every process.
    pub fn holders(&self) -> Vec<Holder> {
        let link = format!("socket:[{}]", self.inode);
        let mut found: Vec<Holder> = numbers("/proc")
            .into_iter()
            .flat_map(|process| {
                let directory = format!("/proc/{process}/fd");
                numbers(&directory)
                    .into_iter()
                    .filter(|fd| {
                        fs::read_link(format!("{directory}/{fd}"))
                            .is_ok_and(|target| target == Path::new(&link))
                    })
                    .map(|fd| Holder { process, fd })
                    .collect::<Vec<_>>()
            })
            .collect();
        found.sort_unstable();
        found
    }
}

/// The entries of a directory that are numbers.
fn numbers(directory: &str) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// A line: number, local, peer, state, and the inode as the tenth word. States: 1 established, 8 closed by the peer, 10 listening.
fn parse(line: &str) -> Option<Tcp> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let state = *words.get(3)?;
    if !["01", "08", "0A"].contains(&state) {
        return None;
    }
    Some(Tcp {
        local: address(words.get(1)?)?,
        peer: address(words.get(2)?)?,
        listens: state == "0A",
        inode: words.get(9)?.parse().ok()?,
    })
}

/// `0A0200C0:0050`: words in the machine's byte order, the port as a number.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let mut bytes = Vec::new();
    for at in (0..host.len()).step_by(8) {
        let word = u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let ip = match <[u8; 16]>::try_from(bytes.as_slice()) {
        Ok(six) => IpAddr::from(Ipv6Addr::from(six)).to_canonical(),
        Err(_) => Ipv4Addr::from(<[u8; 4]>::try_from(bytes.as_slice()).ok()?).into(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}
