// SPDX-License-Identifier: GPL-2.0
//! Every way to accept, to duplicate a descriptor, to make a task and to move bytes, in combinations: who moves the bytes
//! has the class of the host before it has them, who only accepted never has it, and who closes its last copy is idle.

mod copies;
mod rows;
mod server;
mod spawn;

use crate::client::at;
use crate::client::host4;
use crate::process::Child;
use crate::scene;
use crate::scene::shown;
use crate::scene::IDLE;
use crate::server::GROUP;
use crate::tests::servers::scene::nothing_is_left;
use crate::transport::rare::send_page;
use crate::transport::rare::send_urgent;
use crate::transport::Call;
use crate::transport::BYTES;
use crate::vhqos;
use crate::wait::limit;
use nix::sys::socket::connect;
use nix::sys::socket::SockaddrIn;
use rows::Family;
use rows::Row;
use rows::Spawn;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

crate::tests! { "matrix";
    every_combination_is_hooked_or_said_not_to_be(300),
}

/// Where the server of a row listens.
fn unix_path(family: Family) -> &'static str {
    match family {
        Family::OtherUnix => "/run/other.socket",
        _ => "/run/matrix.socket",
    }
}

/// The hosts, one of which has the UNIX socket too.
fn table() -> String {
    let unix = format!("addr=unix:{}", unix_path(Family::Unix));
    scene::rows([&unix, "", ""])
}

/// A client that has sent its bytes.
fn client(row: &Row) -> std::io::Result<OwnedFd> {
    let address = at(&host4(0), 80);
    let socket: OwnedFd = match row.family {
        Family::Tcp => TcpStream::connect_timeout(&address, limit(10.0))?.into(),
        Family::Unix | Family::OtherUnix => UnixStream::connect(unix_path(row.family))?.into(),
        Family::Mptcp => {
            let socket = copies::mptcp_socket()?;
            let SocketAddr::V4(four) = address else {
                unreachable!("an IPv4 address")
            };
            connect(socket.as_raw_fd(), &SockaddrIn::from(four))?;
            socket
        }
    };
    match row.call {
        Call::Urgent => send_urgent(&socket)?,
        Call::Map => send_page(&socket)?,
        _ => std::fs::File::from(socket.try_clone()?).write_all(&[b'x'; BYTES])?,
    }
    Ok(socket)
}

/// Runs one row; says what is wrong.
fn check(row: &Row) -> Result<(), String> {
    let listener = copies::listen(row.family).map_err(|error| format!("listen: {error}"))?;
    if row.family == Family::Unix {
        // The socket is another file than before.
        vhqos::write_table(&table());
    }
    let process = Child::new(GROUP, |output| server::run(row, &listener, output));
    let client = client(row).map_err(|error| format!("connect: {error}"))?;
    let text = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| process.finish()))
        .map_err(|_| "its server failed".to_owned())?;
    drop(client);
    let find = |word: &str| text.lines().find_map(|line| line.strip_prefix(word));
    let served = find("served ").ok_or_else(|| format!("nobody served: {text}"))?;
    let [before, during, after] = served.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("odd words: {text}"));
    };
    let bank = shown("bank");
    match row.not_hooked {
        None if during != bank => return Err(format!("{during} while it served")),
        Some(why) if during == bank => return Err(format!("it is hooked, although {why}")),
        _ => {}
    }
    if row.not_hooked.is_none() {
        let born = match row.spawn {
            Spawn::IntoCgroup => format!("/{}", spawn::CHOSEN),
            _ => IDLE.to_owned(),
        };
        // The ring's own thread accepted, and brings the process into the domain when it gets to it.
        let accepted_aside = row.spawn == Spawn::UringPoller && before == format!("/{GROUP}");
        if before != born && !accepted_aside {
            return Err(format!("{before} before it served, not {born}"));
        }
        if after != IDLE {
            return Err(format!("{after} after it closed its last copy"));
        }
    }
    match find("parent ") {
        Some(group) if group == bank => Err("the parent has the class".to_owned()),
        _ => Ok(()),
    }
}

fn every_combination_is_hooked_or_said_not_to_be() {
    let mut rows = rows::all();
    rows::assert_covered(&rows);
    if copies::mptcp_socket().is_err() {
        println!("note: this kernel has no MPTCP");
        rows.retain(|row| row.family != Family::Mptcp);
    }
    // The accept by itself binds nobody, so that it is the transfer that does.
    vhqos::load_with("serves=2", &table());
    let mut wrong = Vec::new();
    for row in &rows {
        if let Err(why) = check(row) {
            wrong.push(format!("{row:?}: {why}"));
        }
    }
    println!("note: {} rows", rows.len());
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    nothing_is_left();
}
