// SPDX-License-Identifier: GPL-2.0
//! Full tables: what does not fit is served as without the module, and counted.

use crate::client::host4;
use crate::client::Connection;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::server::Prefork;
use crate::server::Work;
use crate::vhqos;
use crate::wait::until;

crate::tests! { "bounds";
    connections_beyond_the_bound_are_served_and_counted(20, debug),
    threads_beyond_the_bound_are_served_and_counted(20, debug),
}

const CONNECTIONS: usize = 6;

/// That many connections at once, each with an answer; and the groups of those who served them.
fn served() -> (Vec<Connection>, Vec<String>) {
    let mut open = Vec::new();
    let mut groups = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(&host4(0));
        groups.push(connection.ask(Work::Burn(50)).group);
        open.push(connection);
    }
    (open, groups)
}

fn counted(counter: &str) -> usize {
    vhqos::status(counter).parse().expect("a number")
}

fn bound(groups: &[String]) -> usize {
    groups
        .iter()
        .filter(|group| **group == shown("bank"))
        .count()
}

fn connections_beyond_the_bound_are_served_and_counted() {
    vhqos::load_with("channels=4", &plain_rows());
    let _server = Prefork::usual(CONNECTIONS);
    let (open, groups) = served();
    assert_eq!(bound(&groups), 4, "{groups:?}");
    assert_eq!(counted("channels"), 4);
    assert_eq!(counted("refused_channels"), CONNECTIONS - 4);
    drop(open);
    until("no channel is left", 5.0, || counted("channels") == 0);
    let (open, groups) = served();
    assert_eq!(bound(&groups), 4, "there is room again: {groups:?}");
    drop(open);
    until("no channel is left", 5.0, || counted("channels") == 0);
    assert_eq!(counted("refused_channels"), 2 * (CONNECTIONS - 4));
}

fn threads_beyond_the_bound_are_served_and_counted() {
    vhqos::load_with("tasks=3", &plain_rows());
    let server = Prefork::usual(CONNECTIONS);
    let (open, groups) = served();
    assert_eq!(counted("tasks"), 3);
    assert!(counted("refused_tasks") >= CONNECTIONS - 3);
    assert!((1..=3).contains(&bound(&groups)), "{groups:?}");
    // Whose task is not tracked, his connections are not either.
    assert_eq!(counted("channels"), 3);
    drop(open);
    drop(server);
    until("nothing is left", 5.0, || {
        counted("tasks") == 0 && counted("channels") == 0
    });
}
