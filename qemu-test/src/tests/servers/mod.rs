// SPDX-License-Identifier: GPL-2.0
//! Debian's servers: who serves is in the class of its host, who accepts is in nobody's, and nothing is left.

mod cost;
pub mod scene;

use crate::dialogue::Dialogue;
use crate::scene::shown;
use crate::scene::HOSTS;
use crate::scene::IDLE;
use crate::servers;
use crate::servers::Server;
use crate::vhqos;
use crate::wait::until;
use cost::nginx_pays_less_for_charge_than_for_move;
use scene::group_of;
use scene::serve;
use scene::threads_of;

crate::tests! { "servers";
    inetd_child_is_bound_and_the_parent_never(60, debug),
    socat_child_is_bound_and_the_parent_never(60),
    sshd_session_is_bound_and_the_listener_never(120),
    vsftpd_transfer_is_bound_and_the_listener_never(60, debug),
    postgresql_backend_is_bound_and_the_postmaster_never(90),
    exim_child_is_bound_and_the_daemon_never(60),
    apache_worker_threads_are_bound_one_by_one(90),
    apache_event_threads_are_bound_one_by_one(90),
    apache_event_thread_is_released_with_its_connection(90),
    dovecot_passes_the_connection_with_its_class(90),
    nginx_worker_is_not_moved(60),
    nginx_pays_less_for_charge_than_for_move(180),
}

/// A server whose first process accepts and forks.
#[track_caller]
fn forks(server: &Server) {
    let scene = serve(server);
    scene.who_serves_is_in_the_class_of_the_host();
    scene.nobody_is_in_a_wrong_class();
    scene.tables_are_true();
    scene.who_serves_has("fork", "transfer");
    scene.main_is("forks");
    scene.end();
}

fn inetd_child_is_bound_and_the_parent_never() {
    forks(&servers::INETD);
}

fn socat_child_is_bound_and_the_parent_never() {
    forks(&servers::SOCAT);
}

fn sshd_session_is_bound_and_the_listener_never() {
    forks(&servers::SSHD);
}

fn vsftpd_transfer_is_bound_and_the_listener_never() {
    forks(&servers::VSFTPD);
}

fn postgresql_backend_is_bound_and_the_postmaster_never() {
    forks(&servers::POSTGRESQL);
}

fn exim_child_is_bound_and_the_daemon_never() {
    forks(&servers::EXIM);
}

/// One process, three threads that serve; the thread that accepts is in nobody's class.
#[track_caller]
fn threads(server: &Server) {
    let scene = serve(server);
    scene.who_serves_is_in_the_class_of_the_host();
    let mut tasks: Vec<i32> = scene.sessions.iter().map(|one| one.answer.task).collect();
    let process = vhqos::task(tasks[0]).expect("a record")["group"].clone();
    for task in &tasks {
        assert_eq!(vhqos::task(*task).expect("a record")["group"], process);
    }
    tasks.sort_unstable();
    tasks.dedup();
    assert_eq!(tasks.len(), 3, "each host is served by another thread");
    let others = threads_of(process.parse().expect("a number"));
    for task in others.iter().filter(|task| !tasks.contains(task)) {
        let group = group_of(*task);
        assert_eq!(group, IDLE, "a thread that serves nobody");
    }
    scene.tables_are_true();
    scene.who_serves_has("accept", "transfer");
    // The parent never accepts.
    scene.main_is("-");
    scene.end();
}

fn apache_worker_threads_are_bound_one_by_one() {
    threads(&servers::APACHE_WORKER);
}

fn apache_event_threads_are_bound_one_by_one() {
    threads(&servers::APACHE_EVENT);
}

/// A connection on which one thread after the other answers: when it is closed, none of them is bound any more.
fn apache_event_thread_is_released_with_its_connection() {
    let mut scene = serve(&servers::APACHE_EVENT);
    let mut tasks = Vec::new();
    let mut client = Dialogue::open(scene.addresses[0]);
    for _ in 0..40 {
        let answer = servers::apache_who(&mut client);
        assert_eq!(answer.group, shown(HOSTS[0]));
        tasks.push(answer.task);
    }
    tasks.sort_unstable();
    tasks.dedup();
    assert!(tasks.len() > 1, "one thread answered everything: {tasks:?}");
    drop(client);
    scene.sessions.clear();
    // A thread that sleeps goes before it does anything again.
    until("no thread is bound", 10.0, || {
        vhqos::read("flags").is_empty()
    });
    scene.end();
}

/// The process that accepted closes its copy when it has passed it on.
fn dovecot_passes_the_connection_with_its_class() {
    let scene = serve(&servers::DOVECOT);
    scene.who_serves_is_in_the_class_of_the_host();
    for (number, session) in scene.sessions.iter().enumerate() {
        let channel = &scene.channels(number)[0];
        assert_ne!(
            channel["acceptor"],
            session.answer.task.to_string(),
            "another process accepted: {channel:?}"
        );
        let name = std::fs::read_to_string(format!("/proc/{}/comm", session.answer.task));
        assert_eq!(name.expect("it lives").trim(), "imap");
    }
    scene.tables_are_true();
    scene.who_serves_has("pass", "transfer");
    scene.main_is("-");
    scene.end();
}

/// An event loop serves all three and is in nobody's class.
fn nginx_worker_is_not_moved() {
    let scene = serve(&servers::NGINX);
    for (number, session) in scene.sessions.iter().enumerate() {
        assert_eq!(scene.channels(number).len(), 1);
        assert_eq!(session.answer.task, scene.sessions[0].answer.task);
    }
    let worker = scene.sessions[0].answer.task;
    assert_eq!(group_of(worker), IDLE);
    let record = vhqos::task(worker).expect("a record");
    assert_eq!(
        (record["kind"].as_str(), record["host"].as_str()),
        ("loops", "-")
    );
    scene.tables_are_true();
    let flags = vhqos::records("flags");
    assert_eq!(flags.len(), 1, "one channel is at hand: {flags:?}");
    assert_eq!(
        (flags[0]["guaranteed"].as_str(), flags[0]["by"].as_str()),
        ("0", "loop")
    );
    scene.main_is("-");
    scene.end();
}
