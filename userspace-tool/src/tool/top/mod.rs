// SPDX-License-Identifier: GPL-2.0

//! `top`: what each host uses, on a screen that is drawn again and again, or once.

mod bar;
mod columns;
mod detail;
mod draw;
mod history;
mod keys;
mod live;
mod look;
mod once;
mod order;
mod screen;
mod terminal;

pub(super) use live::live;
pub(super) use once::once;

#[cfg(test)]
pub(super) use self::{
    detail::lines,
    draw::draw,
    history::{History, SAMPLES},
    keys::Action,
    live::{end_by, show, stop},
    look::Look,
    once::{json, text},
    screen::Screen,
    terminal::{events, Happened},
};

use super::sample::Sample;

/// The hosts of a sample whose groups are worth to be read: nobody waits where nobody is.
fn busy(sample: &Sample) -> Vec<usize> {
    use super::figures::Key;
    let hosts = sample.hosts.iter().enumerate();
    let busy = hosts.filter(|(_, host)| host.number(Key::Tasks) > 0);
    busy.map(|(place, _)| place).collect()
}
