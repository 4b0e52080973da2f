// SPDX-License-Identifier: GPL-2.0
//! vsftpd, in the middle of a passive transfer: a helper process accepts the data connection and passes it on.

use super::Server;
use super::Session;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

/// More than the buffers of a connection hold.
const BYTES: usize = 32 << 20;

/// The server.
pub const VSFTPD: Server = Server {
    port: 21,
    // Data connections come on ports that need no right.
    words: || "server=exe:/usr/sbin/vsftpd".to_owned(),
    start,
    session,
};

fn start(addresses: &[SocketAddr]) -> Daemon {
    fs::create_dir_all("/run/vsftpd/empty").expect("/run is writable");
    fs::create_dir_all("/run/vsftpd/files").expect("/run is writable");
    let file = fs::File::create("/run/vsftpd/files/big").expect("/run is writable");
    file.set_len(BYTES as u64).expect("a file with a hole");
    super::put(
        "/run/vsftpd/vsftpd.conf",
        "listen=NO\nlisten_ipv6=YES\nbackground=NO\nanonymous_enable=YES\nno_anon_password=YES\nxferlog_enable=NO\n\
         anon_root=/run/vsftpd/files\nsecure_chroot_dir=/run/vsftpd/empty\npasv_min_port=20000\npasv_max_port=20099\n",
    );
    Daemon::start(
        Command::new("vsftpd").arg("/run/vsftpd/vsftpd.conf"),
        addresses,
    )
}

/// The transfer has begun and waits for its reader.
fn session(address: SocketAddr) -> Session {
    let mut control = Dialogue::open(address);
    control.expect("220");
    control.ask("USER anonymous", "230");
    let said = control.ask("EPSV", "229");
    let port: String = said
        .rsplit_once("|||")
        .expect("a port")
        .1
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let data_address = SocketAddr::new(address.ip(), port.parse().expect("a port"));
    let mut data = Dialogue::open(data_address);
    control.ask("RETR big", "150");
    data.bytes(1 << 20);
    Session {
        answer: super::sole_holder(data_address),
        _client: Box::new((control, data)),
    }
}
