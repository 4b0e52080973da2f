// SPDX-License-Identifier: GPL-2.0
//! The three hosts by their names, for programs that are clients.

use crate::pages;
use crate::programs::Program;
use crate::scene::name;
use crate::tests::names::SHARED;
use crate::tests::shares::overload_by;
use crate::tests::shares::PAGE;

/// Lets programs find the hosts of the shared address by their names.
#[track_caller]
pub fn resolve() {
    let names = [0, 1, 2].map(name).join(" ");
    std::fs::write("/etc/hosts", format!("{SHARED} {names}\n")).expect("/ is writable");
}

/// The page of host `number` that burns CPU, over TLS.
pub fn secure_page(number: usize) -> String {
    format!("https://{}{}", name(number), pages::burn_path(PAGE))
}

/// Overloads the server of the three hosts over TLS; see [`overload_by`].
#[track_caller]
pub fn overload_secure(program: &'static Program, words: &[&str]) {
    resolve();
    overload_by(program, words, &[0, 1, 2].map(secure_page));
}
