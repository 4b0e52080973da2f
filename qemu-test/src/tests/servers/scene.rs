// SPDX-License-Identifier: GPL-2.0
//! A server of Debian's that serves a client of each of three hosts, and what must be true of it then and afterwards.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::client::host6;
use crate::daemon::Daemon;
use crate::scene::row;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::scene::IDLE;
use crate::server::GROUP;
use crate::servers::Server;
use crate::servers::Session;
use crate::sockets::accepted;
use crate::sockets::tcp;
use crate::sockets::Tcp;
use crate::vhqos;
use crate::vhqos::Record;
use crate::wait::until;
use std::net::SocketAddr;

/// Where vsftpd accepts data connections.
const DATA_PORTS: std::ops::RangeInclusive<u16> = 20000..=20099;

/// Where each host is asked: two over IPv4, one over IPv6.
fn addresses(server: &Server) -> [SocketAddr; 3] {
    [host4(0), host6(1), host4(2)].map(|address| at(&address, server.port))
}

/// What serves whom while it is looked at.
pub struct Scene {
    daemon: Daemon,
    /// Where each host is asked.
    pub addresses: [SocketAddr; 3],
    /// A client of each host.
    pub sessions: Vec<Session>,
}

/// Loads the module, starts the server and has it serve a client of each host, all at once.
#[track_caller]
pub fn serve(server: &Server) -> Scene {
    let words = (server.words)();
    let table: String = (0..3).map(|number| row(number, &words)).collect();
    vhqos::load_with("", &table);
    let addresses = addresses(server);
    let daemon = (server.start)(&addresses);
    Scene {
        daemon,
        addresses,
        sessions: addresses
            .iter()
            .map(|address| (server.session)(*address))
            .collect(),
    }
}

impl Scene {
    /// The channels of a host, each of which the kernel shows too.
    #[track_caller]
    pub fn channels(&self, number: usize) -> Vec<Record> {
        let all = vhqos::records("channels");
        let found: Vec<Record> = all
            .into_iter()
            .filter(|channel| channel["host"] == HOSTS[number])
            .collect();
        assert!(!found.is_empty(), "no channel of {}", HOSTS[number]);
        for channel in &found {
            let local: SocketAddr = channel["local"].parse().expect("an address");
            assert!(
                accepted(local)
                    .iter()
                    .any(|socket| socket.peer.to_string() == channel["peer"]),
                "the kernel has no such connection: {channel:?}"
            );
            assert_eq!(local.ip(), self.addresses[number].ip(), "{channel:?}");
        }
        found
    }

    /// Each host is served by a task in its class, which says so itself and has a record that says why.
    #[track_caller]
    pub fn who_serves_is_in_the_class_of_the_host(&self) {
        for (number, host) in HOSTS.iter().enumerate() {
            let channels = self.channels(number);
            let answer = &self.sessions[number].answer;
            assert_eq!(answer.group, shown(host), "who serves {host}");
            assert_eq!(
                group_of(answer.task),
                shown(host),
                "while the connection is open"
            );
            let task = vhqos::task(answer.task).expect("a record of who serves");
            assert_eq!(task["host"], *host, "{task:?}");
            assert!(
                channels
                    .iter()
                    .any(|channel| channel["channel"] == task["channel"]),
                "{task:?} is bound by none of {channels:?}"
            );
            assert!(
                channels.iter().any(|channel| channel["state"] == "active"),
                "{channels:?}"
            );
        }
    }

    /// The tables are what the kernel says: which connections, whose descriptors, which classes.
    #[track_caller]
    pub fn tables_are_true(&self) {
        let ips = self.addresses.map(|address| address.ip());
        let ports = [
            self.addresses[0].port()..=self.addresses[0].port(),
            DATA_PORTS,
        ];
        let served: Vec<Tcp> = tcp()
            .into_iter()
            .filter(|socket| {
                let local = socket.local;
                !socket.listens
                    && ips.contains(&local.ip())
                    && ports.iter().any(|range| range.contains(&local.port()))
            })
            .collect();
        let tracked: Vec<String> = vhqos::records("tasks")
            .iter()
            .map(|task| task["group"].clone())
            .collect();
        let mut expected = Vec::new();
        let channels = vhqos::records("channels");
        assert_eq!(channels.len(), served.len(), "{channels:?}, {served:?}");
        for socket in &served {
            let ends = (socket.local.to_string(), socket.peer.to_string());
            let number = channels
                .iter()
                .find(|channel| (&channel["local"], &channel["peer"]) == (&ends.0, &ends.1))
                .unwrap_or_else(|| panic!("no channel for {socket:?}: {channels:?}"))["channel"]
                .clone();
            for holder in socket.holders() {
                let group = holder.process.to_string();
                if tracked.contains(&group) {
                    expected.push((number.clone(), group, holder.fd.to_string()));
                }
            }
        }
        let mut shown: Vec<(String, String, String)> = vhqos::records("descriptors")
            .into_iter()
            .map(|one| {
                (
                    one["channel"].clone(),
                    one["group"].clone(),
                    one["fd"].clone(),
                )
            })
            .collect();
        expected.sort_unstable();
        shown.sort_unstable();
        assert_eq!(
            shown, expected,
            "channel, process and number of each descriptor"
        );
        for flag in vhqos::records("flags") {
            let group = group_of(flag["task"].parse().expect("a number"));
            let has = group == format!("/vhqos/{}", flag["host"]);
            assert_eq!(flag["guaranteed"] == "1", has, "{flag:?}, in {group}");
        }
    }

    /// Why each host is served, as the flags say it, and how who serves came to the connection.
    #[track_caller]
    pub fn who_serves_has(&self, how: &str, by: &str) {
        for (session, host) in self.sessions.iter().zip(HOSTS) {
            let task = session.answer.task.to_string();
            let flags = vhqos::records("flags");
            let flag = flags.iter().find(|flag| flag["task"] == task);
            let flag = flag.unwrap_or_else(|| panic!("no flag of {task}: {flags:?}"));
            assert_eq!(
                (flag["host"].as_str(), flag["by"].as_str()),
                (host, by),
                "{flag:?}"
            );
            let group = vhqos::task(session.answer.task).expect("a record")["group"].clone();
            let descriptors = vhqos::records("descriptors");
            let first = descriptors
                .iter()
                .find(|one| one["group"] == group && one["channel"] == flag["channel"]);
            let first = first.unwrap_or_else(|| panic!("no descriptor of {flag:?}"));
            assert_eq!(first["how"], how, "{first:?}");
            assert!(
                descriptors
                    .iter()
                    .filter(|one| one["group"] == group && one["channel"] == flag["channel"])
                    .skip(1)
                    .all(|one| one["how"] == "dup"),
                "{descriptors:?}"
            );
        }
    }

    /// Nobody who has a connection open is in the class of another host.
    #[track_caller]
    pub fn nobody_is_in_a_wrong_class(&self) {
        for (number, host) in HOSTS.iter().enumerate() {
            for channel in self.channels(number) {
                let local = channel["local"].parse().expect("an address");
                for holder in accepted(local).iter().flat_map(|socket| socket.holders()) {
                    for task in threads_of(holder.process) {
                        let right = [shown(host), IDLE.to_owned(), format!("/{GROUP}")];
                        let group = group_of(task);
                        let own = threads_of(holder.process).len() == 1;
                        assert!(
                            !own || right.contains(&group),
                            "{holder:?} has a connection of {host} and is in {group}"
                        );
                    }
                }
            }
        }
    }

    /// The first process is in nobody's class, and known as `kind`.
    #[track_caller]
    pub fn main_is(&self, kind: &str) {
        let main = self.daemon.main();
        let group = group_of(main);
        assert!(
            [IDLE.to_owned(), format!("/{GROUP}")].contains(&group),
            "the server's first process is in {group}"
        );
        let record = vhqos::task(main).map_or("-".to_owned(), |task| {
            assert_eq!(task["host"], "-", "{task:?}");
            task["kind"].clone()
        });
        assert_eq!(record, kind, "what was learned of the first process");
    }

    /// The clients go, then the server; each leaves nothing behind.
    #[track_caller]
    pub fn end(mut self) {
        self.sessions.clear();
        until("no channel is left", 20.0, || {
            vhqos::read("channels").is_empty()
        });
        until("nobody is bound", 20.0, || {
            HOSTS.iter().all(|host| vhqos::host(host, "tasks") == 0)
        });
        self.daemon.stop();
        nothing_is_left();
    }
}

/// Every table is empty.
#[track_caller]
pub fn nothing_is_left() {
    for file in ["channels", "tasks", "descriptors", "flags"] {
        until(&format!("{file} is empty"), 20.0, || {
            vhqos::read(file).is_empty()
        });
    }
    for key in ["channels", "tasks"] {
        assert_eq!(vhqos::status(key), "0", "{key}");
    }
}

/// The group of a thread.
#[track_caller]
pub fn group_of(task: i32) -> String {
    cgroup::of(task).unwrap_or_else(|| panic!("task {task} is gone"))
}

/// The threads of a process.
pub fn threads_of(process: i32) -> Vec<i32> {
    std::fs::read_dir(format!("/proc/{process}/task")).map_or(Vec::new(), |entries| {
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect()
    })
}
