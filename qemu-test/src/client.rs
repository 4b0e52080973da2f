// SPDX-License-Identifier: GPL-2.0
//! One client of the server in `server.rs`.

use crate::server::Work;
use crate::server::ANSWER;
use crate::vhqos;
use crate::wait::limit;
use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;

/// The address of a test host: `192.0.2.(10+n)`.
pub fn host4(number: u8) -> String {
    format!("192.0.2.{}", 10 + number)
}

/// Its IPv6 address: `2001:db8::(10+n)`.
pub fn host6(number: u8) -> String {
    format!("2001:db8::{:x}", 0x10 + number)
}

/// A socket address from a bare address and a port.
#[track_caller]
pub fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().expect("an address"), port)
}

/// Who answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The worker.
    pub task: i32,
    /// Its cgroup after the work, `/vhqos/bank`.
    pub group: String,
}

/// A connection to the server.
pub struct Connection(pub TcpStream);

impl Connection {
    /// Connects.
    #[track_caller]
    pub fn open(address: &str) -> Self {
        Self::try_open(at(address, 80))
            .unwrap_or_else(|error| panic!("connect to {address}: {error}"))
    }

    /// Connects, or says why not.
    pub fn try_open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, limit(20.0))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(limit(20.0)))?;
        Ok(Self(stream))
    }

    /// Sends a request.
    pub fn send(&mut self, work: Work) -> io::Result<()> {
        self.0.write_all(&work.request())
    }

    /// Reads an answer.
    pub fn receive(&mut self) -> io::Result<Answer> {
        let mut bytes = [0; ANSWER];
        self.0.read_exact(&mut bytes)?;
        let fields = vhqos::record(&String::from_utf8_lossy(&bytes));
        let take = |key: &str| {
            fields
                .get(key)
                .cloned()
                .ok_or_else(|| io::Error::other(format!("no {key}")))
        };
        Ok(Answer {
            task: take("task")?.parse().map_err(io::Error::other)?,
            group: take("group")?,
        })
    }

    /// One request and its answer.
    #[track_caller]
    pub fn ask(&mut self, work: Work) -> Answer {
        let answer = self.send(work).and_then(|()| self.receive());
        answer.unwrap_or_else(|error| panic!("{work:?}: {error}"))
    }
}

/// A connection, one request, its answer, the end.
#[track_caller]
pub fn ask(address: &str, work: Work) -> Answer {
    Connection::open(address).ask(work)
}

/// The same for an address and port.
pub fn try_ask(address: SocketAddr, work: Work) -> io::Result<Answer> {
    let mut connection = Connection::try_open(address)?;
    connection.send(work)?;
    connection.receive()
}
