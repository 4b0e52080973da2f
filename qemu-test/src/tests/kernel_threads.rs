// SPDX-License-Identifier: GPL-2.0
//! Threads of the kernel that move bytes on a host's connection serve nobody.

use crate::client::at;
use crate::client::host4;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::server::listen;
use crate::server::GROUP;
use crate::vhqos;
use nix::mount::mount;
use nix::mount::MsFlags;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

crate::tests! { "kernel_threads";
    file_system_on_a_hosts_connection_is_left_alone(30),
}

/// Of 9P: the length, the type, the tag, the largest message, and the version with its length.
const VERSION_MESSAGE: usize = 4 + 1 + 2 + 4 + 2 + 8;
const RVERSION: u8 = 101;

/// The counters of what went wrong, which are the last lines of the status.
fn troubles() -> String {
    let status = vhqos::read("status");
    let at = status.find("refused_channels=").expect("the first counter");
    status[at..].to_owned()
}

/// A connection that is accepted and then mounted: workers of the kernel ask on it, and read what is answered.
fn file_system_on_a_hosts_connection_is_left_alone() {
    vhqos::load_with("", &plain_rows());
    let before = troubles();
    let listener = listen("[::]:80");
    let mut server = Child::new(GROUP, |output| {
        let (stream, _) = listener.accept().expect("accept");
        let fd = stream.as_raw_fd();
        let options = format!("trans=fd,rfdno={fd},wfdno={fd},version=9p2000.L");
        let options = Some(options.as_str());
        let done = mount(Some("none"), "/mnt", Some("9p"), MsFlags::empty(), options);
        say(output, &format!("{done:?}"));
        loop {
            std::thread::park();
        }
    });
    let mut client = TcpStream::connect(at(&host4(0), 80)).expect("connect");
    let mut message = [0; VERSION_MESSAGE];
    client.read_exact(&mut message).expect("a question");
    assert!(message.ends_with(b"9P2000.L"), "{message:?}");
    message[4] = RVERSION;
    message[VERSION_MESSAGE - 8..].copy_from_slice(b"nonsense");
    client.write_all(&message).expect("an answer");
    let mut said = String::new();
    let mut output = BufReader::new(server.output().try_clone().expect("dup"));
    output.read_line(&mut said).expect("a line");
    assert_eq!(said, "Err(EREMOTEIO)\n", "the answer was read");
    let tasks = vhqos::records("tasks");
    let tasks: Vec<&str> = tasks.iter().map(|task| task["task"].as_str()).collect();
    assert_eq!(tasks, [server.pid().to_string()], "who accepted");
    let of_bank = ["accepted", "transfers", "binds"].map(|field| vhqos::host("bank", field));
    assert_eq!(of_bank, [1, 0, 0]);
    assert_eq!(troubles(), before);
}
