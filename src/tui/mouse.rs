//! The mouse: it holds the TALK button, and does nothing else.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::meeting::{Mic, Timestamp};

use super::action::Do;
use super::mic::Hold;
use super::{Effect, Model};

impl Model {
    /// A button goes down or comes up. With Shift it belongs to the terminal, which selects text.
    pub(super) fn mouse(&mut self, mouse: &MouseEvent, now: Timestamp, effects: &mut Vec<Effect>) {
        let had = effects.len();
        let held = self.talk() == Some(Hold::Button);
        match mouse.kind {
            MouseEventKind::Drag(_) => {}
            // Whatever else comes while it is held says that it is up by now, wherever that was.
            _ if held => self.release_talk(effects),
            MouseEventKind::Down(MouseButton::Left) if !mouse.modifiers.contains(KeyModifiers::SHIFT) => {
                let at = Position { x: mouse.column, y: mouse.row };
                match self.size.and_then(|area| self.talk_button(area, now)) {
                    Some(button) if button.contains(at) && self.talk().is_some() => {
                        self.release_talk(effects)
                    }
                    Some(button) if button.contains(at) => self.hold_to_talk(Hold::Button, now, effects),
                    _ => {}
                }
            }
            _ => {}
        }
        self.touch(effects.len() > had);
    }

    /// The button's word.
    pub(super) fn talk_word(&self) -> String {
        format!("[{}]", self.texts().talk_button)
    }

    /// Where the TALK button is on a screen of this size: at the right of the line above the footer, while there is a
    /// mouse and holding the button would open the microphone, or push-to-talk has.
    pub(super) fn talk_button(&self, area: Rect, now: Timestamp) -> Option<Rect> {
        let mic = self.own_mic();
        let opens = self.setup.mouse
            && self.layers.is_empty()
            && (self.talk().is_some() || mic != Mic::Live)
            && self.intent(Do::Talk, now).is_ok();
        let row = self.status_row(area).filter(|_| opens)?;
        let columns = u16::try_from(super::cut::width(&self.talk_word())).ok()?;
        let x = row.right().checked_sub(columns + 1).filter(|x| *x > row.x + row.width / 2)?;
        Some(Rect { x, width: columns, ..row })
    }
}
