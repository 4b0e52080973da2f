// SPDX-License-Identifier: GPL-2.0

//! HTTP. One thread answers, another one reads the module. A client that is slow to ask or to read holds a place for 30 s at the
//! most; so many at once that there is none left keep the others waiting as long.

use super::{exposition, Format, Readings};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderValue, ACCEPT, ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

/// Connections at a time; another one waits in the listen queue.
const CONNECTIONS: usize = 64;

/// Metrics that are in memory at a time: those of 100,000 hosts are some 80 MB.
const ANSWERS: usize = 4;

/// For a request to arrive.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// For all of a connection. Prometheus gives up after 10 s, unless told otherwise.
const TIME: Duration = Duration::from_secs(30);

/// Bytes of a request.
const HEAD: usize = 16 * 1024;

/// Before accept(2) is tried again, after it failed for want of descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);

const PAGE: &str = "<!doctype html><html lang=\"en\"><title>vhqos</title>\
    <p>What each virtual host uses, for Prometheus: <a href=\"/metrics\">metrics</a></p></html>\n";

/// Answers what comes in at `listener`, until the process is ended: nothing is left undone then, so no signal is handled.
///
/// Errors: there is no memory or descriptor to begin with.
pub(in crate::tool) fn serve(listener: std::net::TcpListener) -> io::Result<Infallible> {
    listener.set_nonblocking(true)?;
    runtime::Builder::new_current_thread()
        .enable_all()
        // Which reads the module, once at a time.
        .max_blocking_threads(1)
        .build()?
        .block_on(accept(listener))
}

async fn accept(listener: std::net::TcpListener) -> io::Result<Infallible> {
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let answers = Arc::new(Semaphore::new(ANSWERS));
    loop {
        let place = acquire(&places).await;
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            // A client that takes longer is gone then.
            let _ = timeout(TIME, converse(stream, answers)).await;
            drop(place);
        });
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let permit = Arc::clone(semaphore).acquire_owned().await;
    permit.expect("it is never closed")
}

/// Answers one request. What goes wrong is the client's affair: it sees it.
async fn converse(stream: TcpStream, answers: Arc<Semaphore>) {
    // Kept as long as the connection: the metrics are in memory until then.
    let answering = OnceLock::new();
    let answer = service_fn(async |request: Request<Incoming>| {
        if is_for_metrics(&request) {
            let _ = answering.set(acquire(&answers).await);
        }
        Ok::<_, Infallible>(answer(&request).await)
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

fn is_for_metrics(request: &Request<Incoming>) -> bool {
    request.uri().path() == "/metrics"
}

async fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    if !matches!(request.method(), &Method::GET | &Method::HEAD) {
        let mut response = page(
            StatusCode::METHOD_NOT_ALLOWED,
            TEXT,
            "only GET and HEAD are answered\n",
        );
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    match request.uri().path() {
        "/metrics" => metrics(request).await,
        "/" => page(StatusCode::OK, "text/html; charset=utf-8", PAGE),
        _ => page(
            StatusCode::NOT_FOUND,
            TEXT,
            "there is /metrics, and nothing else\n",
        ),
    }
}

/// The metrics as they are now.
async fn metrics(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let accept = request.headers().get(ACCEPT);
    let format = Format::accepted(accept.and_then(|one| one.to_str().ok()).unwrap_or_default());
    let read = move || {
        let (readings, duration) = Readings::take();
        exposition(readings, duration, format)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(text) => page(StatusCode::OK, format.content_type(), text),
        Err(_) => page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            "the module's files could not be understood\n",
        ),
    }
}

fn page(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
