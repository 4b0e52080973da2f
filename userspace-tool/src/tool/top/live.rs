// SPDX-License-Identifier: GPL-2.0

//! The live screen.

use super::detail::{command, lines};
use super::draw::draw;
use super::keys::Action;
use super::look::Look;
use super::screen::Screen;
use super::terminal::{events, Happened, Terminal};
use crate::tool::failure::Failure;
use crate::tool::sample::Reader;
use ratatui::crossterm::event::Event;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// The first rates are shown after this time.
const FIRST: Duration = Duration::from_millis(500);

/// What is used in less time than this is too little to be told from none.
const LEAST: Duration = Duration::from_millis(100);

/// How the screen ended.
enum End {
    /// The user wanted it.
    Asked,
    Signal(i32),
}

/// Shows the screen until the user, a signal or a failure ends it.
pub(in crate::tool) fn live(interval: Duration) -> Result<(), Failure> {
    let mut reader = Reader::default();
    let mut screen = Screen::new(reader.read()?, interval);
    show(&mut screen, |screen| refresh(&mut reader, screen))
}

/// The same of a screen whose samples are taken by `refresh`.
pub(in crate::tool) fn show(
    screen: &mut Screen,
    refresh: impl FnMut(&mut Screen) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match watch(screen, refresh)? {
        End::Asked => Ok(()),
        End::Signal(signal) => {
            end_by(signal);
            Ok(())
        }
    }
}

/// Ends by a signal, whose work is done: the parent may know what ended us.
pub(in crate::tool) fn end_by(signal: i32) {
    let _ = emulate_default_handler(signal);
}

/// Stops, as without us the terminal would have us do, until the shell goes on with us.
pub(in crate::tool) fn stop() {
    let _ = emulate_default_handler(SIGTSTP);
}

/// The same, with the terminal taken.
fn watch(
    screen: &mut Screen,
    mut refresh: impl FnMut(&mut Screen) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let look = Look::of_environment();
    // A signal that came in between would end us with the terminal taken.
    let events = events()?;
    let mut terminal = Terminal::take()?;
    let mut due = Instant::now() + FIRST.min(screen.interval);
    loop {
        terminal.draw(|frame| draw(frame, screen, look))?;
        let mut action = Action::Stay;
        match events.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(Happened::Input(Event::Key(key))) => action = screen.key(key),
            // The next frame asks for the size.
            Ok(Happened::Input(_)) => {}
            Ok(Happened::Signal(SIGTSTP)) => action = Action::Suspend,
            Ok(Happened::Signal(signal)) => return Ok(End::Signal(signal)),
            Ok(Happened::Failed(failure)) => return Err(failure),
            Err(RecvTimeoutError::Timeout) => action = Action::Refresh,
            Err(RecvTimeoutError::Disconnected) => return Ok(End::Asked),
        }
        match action {
            Action::Stay => {}
            Action::Quit => return Ok(End::Asked),
            Action::Repaint => terminal.clear()?,
            Action::Refresh => {
                refresh(screen)?;
                // After the reading, which takes its time when there are many hosts.
                due = Instant::now() + screen.interval;
            }
            Action::Suspend => {
                drop(terminal);
                stop();
                terminal = Terminal::take()?;
            }
        }
    }
}

/// Takes a sample, if there is anything new, and looks at the host that is shown.
fn refresh(reader: &mut Reader, screen: &mut Screen) -> Result<(), Failure> {
    if screen.now.at.elapsed() >= LEAST {
        screen.take(reader.read()?);
    }
    screen.read_groups(|sample, places| reader.read_groups(sample, places));
    let Some(host) = screen.detail().map(|detail| detail.host.clone()) else {
        return Ok(());
    };
    let found = screen.place(&host).and_then(|place| screen.at(place));
    let found = match found {
        Some((host, _)) => lines(&Reader::processes()?, &host.promise, command),
        None => Vec::new(),
    };
    if let Some(detail) = screen.detail() {
        detail.lines = found;
    }
    Ok(())
}
