//! What goes into the console and what comes out of it.

use crossterm::event::Event;

use crate::meeting::{Command, Timestamp};
use crate::sync::FeedChoice;
use crate::wire::{Feed, Level, ServerMessage};

use super::{Taste, Theme, Volumes};

/// Something a console is told.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key, a paste, a new size, focus.
    Input(Event),
    /// The server said something.
    Server(ServerMessage),
    /// The link changed.
    Connection(Connection),
    /// The sound devices changed.
    Sound(Sound),
    /// The person's own machine lends its sound over the link, or does so no more; it is asked whether to use it.
    SoundLent(bool),
    /// Something else is heard, since the link carries less or more than it did.
    Feed(Feed),
    /// How loud people are, the own microphone among them; who is missing is silent.
    Levels(Vec<Level>),
    /// A theme that was asked for has been read, or a sentence why not.
    Theme(String, Result<Theme, String>),
    /// Time went by; due at [`Model::next_tick`](super::Model::next_tick).
    Tick,
}

/// Something the loop around a console has to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the server for this; a rejection comes back as a message.
    Send(Command),
    /// Ask the server for a code that brings sound from another machine; it comes back as a message.
    Pair,
    /// Ask the server for a snapshot: an event is missing.
    Resync,
    /// Open or close the own microphone.
    Mic(bool),
    /// Begin or end to listen to the own microphone without sending anything; its level comes with [`Msg::Levels`].
    TestMic(bool),
    /// Use the sound that the person's own machine lends, or not any more.
    UseLent(bool),
    /// Play people this loud from now on.
    Volumes(Volumes),
    /// Hear this from now on.
    Feed(FeedChoice),
    /// Read the theme of this name; it comes back as [`Msg::Theme`].
    Theme(String),
    /// Keep this for the next time.
    Remember(Taste),
    /// Ring the terminal's bell.
    Bell,
    /// Tell somebody who looks elsewhere, in the way they want to be told.
    Notify(String),
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back to the shell until it is continued.
    Suspend,
    /// End this console.
    Quit,
}

/// The state of the link to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// On the way, for the n-th time.
    Connecting {
        /// Counted from 1.
        attempt: u32,
    },
    /// Not begun.
    #[default]
    Idle,
    /// Up.
    Connected,
    /// Gone; it comes back by itself.
    Lost {
        /// A sentence.
        why: String,
        /// When it is tried again, by the local clock.
        retry_at: Timestamp,
    },
    /// Over for good.
    Ended {
        /// A sentence.
        text: String,
    },
}

/// The state of the sound devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// Where speech comes from.
    pub mic: Device,
    /// Where speech goes to.
    pub speaker: Device,
}

/// One sound device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// Not wanted.
    #[default]
    Off,
    /// Works; its name.
    Ready(String),
    /// Does not work; a sentence that says why.
    Problem(String),
}
