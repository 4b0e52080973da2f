// SPDX-License-Identifier: GPL-2.0

//! Tests of what is read from connections.

mod cgi;
mod fastcgi;
mod http1;
mod http2;
mod name;
mod proxy;
mod scgi;
mod stream;
mod tls;
mod uwsgi;
