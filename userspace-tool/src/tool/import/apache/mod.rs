// SPDX-License-Identifier: GPL-2.0

//! The configuration of Apache httpd 2.4.
//!
//! The format is what httpd's own source says: lines and their continuation, `server/util.c` (`ap_cfg_getline_core`); words,
//! `server/util.c` (`ap_getword_conf`, `substring_conf`); variables, `server/core.c` (`ap_resolve_env`); sections and conditions,
//! `server/config.c` (`ap_build_config_sub`, `ap_soak_end_container`); includes, `server/core.c` (`include_config`) and `server/util.c`
//! (`ap_dir_fnmatch`); addresses, `server/vhost.c` (`get_addresses`); macros, `modules/core/mod_macro.c`. There is no crate that is kept
//! and knows includes, conditions and macros (`apache_config`, `httpd-conf-parser` and their like are lexers of single files, years old).
//!
//! What is decided by names first and addresses then in the table is decided the other way round in httpd: where a name is on one
//! address only and another site has all addresses, a request may be another site's here.

mod condition;
mod draft;
mod include;
pub(crate) mod lines;
mod macros;
mod reader;
mod section;
mod variables;
pub(crate) mod words;

pub(crate) use reader::{read, Apache};
pub(crate) use variables::Variables;
