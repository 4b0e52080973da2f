// SPDX-License-Identifier: GPL-2.0

//! The configuration of nginx.
//!
//! The format is what nginx's own source says: words and blocks, `src/core/ngx_conf_file.c` (`ngx_conf_read_token`,
//! `ngx_conf_include`); addresses, `src/core/ngx_inet.c` (`ngx_parse_inet_url`); names, `src/core/ngx_hash.c` (`ngx_hash_add_key`) and
//! `src/http/ngx_http_core_module.c` (`ngx_http_core_server_name`, `ngx_http_core_listen`). The crates for it are not kept
//! (`nginx-config`: last released in 2019) or know a grammar of single directives; what is needed here is words, and two of them.

mod listen;
mod reader;
pub(crate) mod tokens;

pub(crate) use reader::read;
