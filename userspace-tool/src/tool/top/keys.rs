// SPDX-License-Identifier: GPL-2.0

//! What each key does.

use super::detail::Detail;
use super::screen::{Screen, View};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What is to be done beside drawing again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tool) enum Action {
    /// Nothing.
    Stay,
    /// Take a sample now.
    Refresh,
    /// Draw all of the screen again.
    Repaint,
    /// Stop until the shell goes on with it.
    Suspend,
    /// End.
    Quit,
}

impl Screen {
    /// Does what a key says.
    pub(in crate::tool) fn key(&mut self, key: KeyEvent) -> Action {
        if key.kind == KeyEventKind::Release {
            return Action::Stay;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Action::Quit,
                KeyCode::Char('z') => Action::Suspend,
                KeyCode::Char('l') => Action::Repaint,
                _ => Action::Stay,
            };
        }
        match &self.view {
            View::Filter => self.type_filter(key.code),
            View::Help => {
                self.view = View::Hosts;
                Action::Stay
            }
            View::Hosts => self.list_key(key.code),
            View::Host(_) => self.host_key(key.code),
        }
    }

    fn type_filter(&mut self, code: KeyCode) -> Action {
        match code {
            KeyCode::Char(character) => self.filter.push(character),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Esc => {
                self.filter.clear();
                self.view = View::Hosts;
            }
            KeyCode::Enter => self.view = View::Hosts,
            _ => return Action::Stay,
        }
        self.arrange();
        Action::Stay
    }

    fn list_key(&mut self, code: KeyCode) -> Action {
        let (line, page) = (self.chosen, self.page);
        match code {
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Char(' ') => return Action::Refresh,
            KeyCode::Up | KeyCode::Char('k') => self.choose(line.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.choose(line.saturating_add(1)),
            KeyCode::PageUp => self.choose(line.saturating_sub(page)),
            KeyCode::PageDown => self.choose(line.saturating_add(page)),
            KeyCode::Home | KeyCode::Char('g') => self.go_to_the_start(),
            KeyCode::End | KeyCode::Char('G') => self.choose(usize::MAX),
            KeyCode::Char('s' | '>') => self.sort(1),
            KeyCode::Char('<') => self.sort(-1),
            KeyCode::Char('r') => {
                self.order.is_reversed = !self.order.is_reversed;
                self.arrange();
            }
            KeyCode::Char('/') => self.view = View::Filter,
            KeyCode::Char('?' | 'h') => self.view = View::Help,
            KeyCode::Esc => {
                self.filter.clear();
                self.arrange();
            }
            KeyCode::Enter | KeyCode::Right => {
                if let Some((host, _)) = self.host() {
                    self.view = View::Host(Detail::of(host.name()));
                    return Action::Refresh;
                }
            }
            _ => {}
        }
        Action::Stay
    }

    /// Sorts by another column.
    fn sort(&mut self, columns: isize) {
        self.order.turn(columns);
        self.arrange();
    }

    fn host_key(&mut self, code: KeyCode) -> Action {
        let Some(detail) = self.detail() else {
            return Action::Stay;
        };
        let (first, page) = (detail.first, detail.page);
        match code {
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Char(' ') => return Action::Refresh,
            KeyCode::Up | KeyCode::Char('k') => detail.first = first.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => detail.first = first.saturating_add(1),
            KeyCode::PageUp => detail.first = first.saturating_sub(page),
            KeyCode::PageDown => detail.first = first.saturating_add(page),
            KeyCode::Home | KeyCode::Char('g') => detail.first = 0,
            KeyCode::End | KeyCode::Char('G') => detail.first = usize::MAX,
            KeyCode::Esc | KeyCode::Left | KeyCode::Backspace | KeyCode::Enter => {
                self.view = View::Hosts;
            }
            _ => {}
        }
        Action::Stay
    }
}
