// SPDX-License-Identifier: GPL-2.0
//! Load: client threads that send one request after another, with counts and latencies for each host.

use crate::server::Work;
use crate::server::ANSWER;
use crate::statistics::percentile;
use crate::wait::limit;
use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::thread::sleep;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// What is spoken with a server.
#[derive(Clone)]
pub enum Speech {
    /// HTTP GET of a path, of a host; the answer has a Content-Length or chunks.
    Http { host: String, path: String },
    /// The protocol of `server.rs`.
    Own(Work),
}

impl Speech {
    /// HTTP GET of a path, of no host in particular.
    pub fn page(path: &str) -> Self {
        Self::of("guest", path)
    }

    /// HTTP GET of a path, of the host with this name.
    pub fn of(host: &str, path: &str) -> Self {
        Self::Http {
            host: host.to_owned(),
            path: path.to_owned(),
        }
    }
}

/// The clients of one host.
#[derive(Clone)]
pub struct Target {
    /// Where.
    pub address: SocketAddr,
    /// What.
    pub speech: Speech,
    /// How many at once.
    pub clients: usize,
    /// Requests on a connection: 1, or more for keep-alive.
    pub requests: u32,
}

/// What came of it, for one host.
#[derive(Clone, Default)]
pub struct Outcome {
    /// Answered requests.
    pub answered: usize,
    /// Connections that failed: refused, reset, timed out, an answer that is not 200.
    pub failed: usize,
    /// Latencies in microseconds, from connect to the last byte.
    pub latencies: Vec<u32>,
}

impl Outcome {
    /// A percentile of the latencies, in milliseconds.
    pub fn latency(&mut self, percent: usize) -> f64 {
        f64::from(percentile(&mut self.latencies, percent)) / 1e3
    }
}

/// Running clients.
pub struct Load {
    stop: Arc<AtomicBool>,
    counts: Arc<AtomicBool>,
    threads: Vec<(usize, JoinHandle<Outcome>)>,
    targets: usize,
}

impl Load {
    /// Starts the clients; what they do is not counted yet.
    pub fn start(targets: &[Target]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let counts = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            for _ in 0..target.clients {
                let (stop, counts, target) = (stop.clone(), counts.clone(), target.clone());
                threads.push((
                    number,
                    std::thread::spawn(move || client(&target, &stop, &counts)),
                ));
            }
        }
        Self {
            stop,
            counts,
            threads,
            targets: targets.len(),
        }
    }

    /// Lets the load settle for `warm_up`, then counts for `time`; `begin` and `end` are called at its ends.
    pub fn measure<T>(
        &self,
        warm_up: Duration,
        time: Duration,
        mut look: impl FnMut() -> T,
    ) -> (T, T, f64) {
        sleep(warm_up);
        self.counts.store(true, Ordering::Relaxed);
        let began = Instant::now();
        let first = look();
        sleep(time.saturating_sub(began.elapsed()));
        let second = look();
        self.counts.store(false, Ordering::Relaxed);
        (first, second, began.elapsed().as_secs_f64())
    }

    /// Ends the clients and gives what each host answered.
    pub fn finish(self) -> Vec<Outcome> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = vec![Outcome::default(); self.targets];
        for (number, thread) in self.threads {
            let one = thread.join().expect("a client does not panic");
            sum[number].answered += one.answered;
            sum[number].failed += one.failed;
            sum[number].latencies.extend(one.latencies);
        }
        sum
    }
}

fn client(target: &Target, stop: &AtomicBool, counts: &AtomicBool) -> Outcome {
    let mut outcome = Outcome::default();
    while !stop.load(Ordering::Relaxed) {
        if conversation(target, stop, counts, &mut outcome).is_err() {
            outcome.failed += usize::from(counts.load(Ordering::Relaxed));
            // A server that is starting or gone must not be hammered.
            sleep(Duration::from_millis(20));
        }
    }
    outcome
}

/// One connection with its requests.
fn conversation(
    target: &Target,
    stop: &AtomicBool,
    counts: &AtomicBool,
    outcome: &mut Outcome,
) -> io::Result<()> {
    let mut began = Instant::now();
    let mut stream = TcpStream::connect_timeout(&target.address, limit(30.0))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(limit(30.0)))?;
    for left in (0..target.requests).rev() {
        let last = left == 0 || stop.load(Ordering::Relaxed);
        match &target.speech {
            Speech::Http { host, path } => http(&mut stream, host, path, last)?,
            Speech::Own(work) => {
                stream.write_all(&work.request())?;
                stream.read_exact(&mut [0; ANSWER])?;
            }
        }
        if counts.load(Ordering::Relaxed) {
            outcome.answered += 1;
            outcome
                .latencies
                .push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        if last {
            return Ok(());
        }
        began = Instant::now();
    }
    Ok(())
}

/// One GET; the whole answer is read.
fn http(stream: &mut TcpStream, host: &str, path: &str, last: bool) -> io::Result<()> {
    let connection = if last { "close" } else { "keep-alive" };
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n\r\n")
            .as_bytes(),
    )?;
    let mut answer = Vec::with_capacity(1024);
    let mut piece = [0; 2048];
    loop {
        let length = stream.read(&mut piece)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&piece[..length]);
        let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        if !answer.starts_with(b"HTTP/1.1 200") {
            return Err(io::Error::other("the answer is not 200"));
        }
        if is_whole(&answer, head)? {
            return Ok(());
        }
    }
}

/// Whether an answer, whose head ends at `head`, is whole.
fn is_whole(answer: &[u8], head: usize) -> io::Result<bool> {
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let field = |name| text.lines().find_map(|line| line.strip_prefix(name));
    let length = field("content-length:").and_then(|value| value.trim().parse::<usize>().ok());
    match (length, field("transfer-encoding:")) {
        (Some(length), None) => Ok(answer.len() >= head + 4 + length),
        (None, Some(coding)) if coding.trim() == "chunked" => {
            Ok(answer.ends_with(b"\r\n0\r\n\r\n"))
        }
        _ => Err(io::Error::other("no length")),
    }
}
