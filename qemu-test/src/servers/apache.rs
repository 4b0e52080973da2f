// SPDX-License-Identifier: GPL-2.0
//! Apache's threaded modules: one thread accepts, others serve; a script says which thread it was.

use super::Server;
use super::Session;
use crate::client::Answer;
use crate::daemon::Daemon;
use crate::dialogue::Dialogue;
use std::net::SocketAddr;
use std::process::Command;

/// Where its modules are.
pub const MODULES: &str = "/usr/lib/apache2/modules";

/// Burns some CPU time and says who did.
const SCRIPT: &str = r#"
function handle(r)
  local function read(name)
    local file = io.open("/proc/thread-self/" .. name)
    local text = file:read("a")
    file:close()
    return text
  end
  local sum = 0
  for i = 1, 20000 do sum = sum + i end
  r.content_type = "text/plain"
  r:puts("task=" .. read("stat"):match("^%d+") .. " group=" .. read("cgroup"):match("0::(%S+)") .. "\n")
  return apache2.OK
end
"#;

/// The worker MPM: a thread keeps its connection.
pub const WORKER: Server = Server {
    port: 80,
    words: super::no_words,
    start: |addresses| start("worker", "", addresses),
    session,
};

/// The event MPM: a connection without a request is no thread's.
pub const EVENT: Server = Server {
    port: 80,
    words: super::no_words,
    start: |addresses| event("", addresses),
    session,
};

/// Starts Apache with the event MPM, with more lines.
#[track_caller]
pub fn event(lines: &str, addresses: &[SocketAddr]) -> Daemon {
    start("event", lines, addresses)
}

#[track_caller]
fn start(mpm: &str, lines: &str, addresses: &[SocketAddr]) -> Daemon {
    super::put("/run/apache/who.lua", SCRIPT);
    super::put(
        "/run/apache/apache.conf",
        &format!(
            "ServerRoot /etc/apache2\nServerName guest\nPidFile /run/apache/pid\nErrorLog /run/apache/error.log\n\
             LoadModule mpm_{mpm}_module {MODULES}/mod_mpm_{mpm}.so\n\
             LoadModule authz_core_module {MODULES}/mod_authz_core.so\nLoadModule lua_module {MODULES}/mod_lua.so\n\
             User www-data\nGroup www-data\nDefaultRuntimeDir /run/apache\nDocumentRoot /run/apache\nListen 80\n\
             StartServers 1\nServerLimit 1\nThreadsPerChild 8\nMaxRequestWorkers 8\nMinSpareThreads 1\nMaxSpareThreads 8\n\
             KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\nLuaMapHandler /who /run/apache/who.lua\n{lines}"
        ),
    );
    Daemon::start(
        Command::new("apache2").args(["-f", "/run/apache/apache.conf", "-DFOREGROUND"]),
        addresses,
    )
}

/// The connection is kept after one answer.
fn session(address: SocketAddr) -> Session {
    let mut client = Dialogue::open(address);
    let answer = who(&mut client);
    Session {
        answer,
        _client: Box::new(client),
    }
}

/// One request; says which thread answered it.
#[track_caller]
pub fn who(client: &mut Dialogue) -> Answer {
    client.send(b"GET /who HTTP/1.1\r\nHost: guest\r\n\r\n");
    client.expect("HTTP/1.1 200");
    super::answer_in(&client.expect("task="))
}
