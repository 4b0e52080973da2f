// SPDX-License-Identifier: GPL-2.0

//! Tests of what is read from connections.

mod http1;
mod http2;
mod name;
mod tls;
