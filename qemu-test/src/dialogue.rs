// SPDX-License-Identifier: GPL-2.0
//! The client's side of protocols that speak in lines.

use crate::client::Connection;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;

/// A connection to a server that speaks in lines.
pub struct Dialogue(BufReader<TcpStream>);

impl Dialogue {
    /// Connects.
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        match Connection::try_open(address) {
            Ok(connection) => Self(BufReader::new(connection.0)),
            Err(error) => panic!("connect to {address}: {error}"),
        }
    }

    /// Sends bytes.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("the server reads");
    }

    /// Reads up to and with the first line that begins with `start`, and gives that line.
    #[track_caller]
    pub fn expect(&mut self, start: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            let length = self.0.read_line(&mut line);
            all += &line;
            match length {
                Ok(1..) if line.starts_with(start) => return line.trim_end().to_owned(),
                Ok(1..) => {}
                Ok(0) | Err(_) => panic!("no line `{start}`: {length:?}, the server said: {all}"),
            }
        }
    }

    /// Sends a line and waits for its answer.
    #[track_caller]
    pub fn ask(&mut self, line: &str, start: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.expect(start)
    }

    /// Reads exactly so many bytes.
    #[track_caller]
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).expect("the server writes");
        bytes
    }
}
