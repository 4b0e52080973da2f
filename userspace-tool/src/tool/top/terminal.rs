// SPDX-License-Identifier: GPL-2.0

//! The terminal: taken while the screen is drawn, and given back as it was on every way out.

use crate::tool::failure::Failure;
use ratatui::crossterm::event::{self, Event};
use ratatui::DefaultTerminal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::env;
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// The terminal in raw mode, on its alternate screen. A panic gives it back before it is told.
pub(super) struct Terminal(DefaultTerminal);

impl Terminal {
    /// Takes the standard output's.
    ///
    /// Errors: it is no terminal, or one that can do too little.
    pub(super) fn take() -> Result<Self, Failure> {
        let help = "`vhqos top --once` prints one table";
        if !io::stdout().is_terminal() {
            return Err(Failure::failed("top needs a terminal as standard output").help(help));
        }
        let kind = env::var("TERM").unwrap_or_default();
        if kind.is_empty() || kind == "dumb" {
            let what =
                format!("top needs a terminal that can move its cursor, and TERM is '{kind}'");
            return Err(Failure::failed(what).help(help));
        }
        match ratatui::try_init() {
            Ok(terminal) => Ok(Self(terminal)),
            Err(error) => {
                // It may have been half done.
                let _ = ratatui::try_restore();
                Err(failure(&error))
            }
        }
    }

    /// Forgets what is on it, which somebody else has written over: the next frame is written whole.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        self.0.clear().map_err(|error| failure(&error))
    }

    /// Draws a frame; only what is different is written.
    pub(super) fn draw(
        &mut self,
        draw: impl FnOnce(&mut ratatui::Frame<'_>),
    ) -> Result<(), Failure> {
        match self.0.draw(draw) {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The terminal may be gone.
        let _ = self.0.show_cursor();
        let _ = ratatui::try_restore();
    }
}

fn failure(error: &io::Error) -> Failure {
    Failure::io("the terminal", error)
}

/// What happened.
pub(in crate::tool) enum Happened {
    /// A key, or the terminal has another size.
    Input(Event),
    /// A signal that ends or stops programs.
    Signal(i32),
    /// There is no more input.
    Failed(Failure),
}

/// What happens from now on.
pub(in crate::tool) fn events() -> Result<Receiver<Happened>, Failure> {
    let (sender, events) = mpsc::channel();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP])
        .map_err(|error| Failure::io("signals", &error))?;
    let to = sender.clone();
    thread::spawn(move || {
        for signal in signals.forever() {
            // Who listened has ended then.
            let _ = to.send(Happened::Signal(signal));
        }
    });
    thread::spawn(move || loop {
        let (happened, is_last) = match event::read() {
            Ok(input) => (Happened::Input(input), false),
            Err(error) => (Happened::Failed(failure(&error)), true),
        };
        if sender.send(happened).is_err() || is_last {
            return;
        }
    });
    Ok(events)
}
