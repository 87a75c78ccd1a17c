//! Short messages that go away by themselves.

use crate::meeting::{Millis, Timestamp, UNDO_WINDOW};

/// How long a remark stays: two lines are read in less.
const REMARK: Millis = Millis::from_secs(6);
/// How long a call stays: somebody may be looking elsewhere.
const CALL: Millis = Millis::from_secs(12);
/// How many are shown at once; the oldest goes first when there are more.
const MAX_TOASTS: usize = 3;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToastKind {
    Info,
    Warning,
    Call,
    /// Says how to take something back, for as long as that is possible.
    Undo,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Toast {
    pub(super) kind: ToastKind,
    pub(super) text: String,
    until: Timestamp,
}

/// The messages shown now, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Toasts {
    all: Vec<Toast>,
}

impl Toasts {
    pub(super) fn push(&mut self, kind: ToastKind, text: String, now: Timestamp) {
        self.all.retain(|t| t.text != text);
        if self.all.len() >= MAX_TOASTS {
            self.all.remove(0);
        }
        let stay = match kind {
            ToastKind::Call => CALL,
            ToastKind::Undo => UNDO_WINDOW,
            ToastKind::Info | ToastKind::Warning => REMARK,
        };
        self.all.push(Toast { kind, text, until: now.plus(stay) });
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        self.all.retain(|t| t.until > now);
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.all.iter().map(|t| t.until).min()
    }

    pub(super) fn all(&self) -> &[Toast] {
        &self.all
    }

    /// Takes all out, oldest first.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.all).into_iter().map(|t| t.text).collect()
    }

    /// Takes all away; tells whether there were any.
    pub(super) fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.all).is_empty()
    }
}
