//! The console's loop, for a terminal here and for one at the other end of an SSH channel.
//!
//! ```text
//!  Terminal ─► PatientDecoder ─► tui::Model ─► Effect ─► Link
//!  Terminal ◄─ Screen         ◄─ tui::Model ◄─ Msg    ◄─ Link, Ears
//! ```
//!
//! [`sit`] is a person's seat in a meeting, [`choose`] the screen before it. What they are connected to is brought by
//! whoever has a console: a [`Link`], [`Ears`], [`Habits`] and a [`Terminal`].

pub mod ctl;
mod desk;
mod end;
mod ends;
mod far;
mod play;
mod run;
mod upstream;

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::term::{Caps, Input, PatientDecoder, Reply, Screen};
use crate::tui::{self, Language, Model, Setup, Symbols};

pub use desk::{Answer, Asker, choose};
pub use end::End;
pub use ends::{Ears, Forgetful, Habits, Link, Terminal, Typed};
pub use far::{Far, SETTLING};
pub use play::play;
pub use run::{Near, Themes};
pub use upstream::Upstream;

/// How long leaving waits for the terminal's last answer.
const LAST_ANSWER: Duration = Duration::from_millis(400);

/// Sits in a meeting until the person leaves, the link ends, the terminal says so, or `shutdown` completes. The link is
/// connected, and its [`Connected`](crate::sync::LinkEvent::Connected) was taken out. Tells the language chosen last too.
pub async fn sit<L: Link, E: Ears, T: Terminal>(
    setup: Setup,
    far: Far<L, E>,
    near: Near<T>,
    shutdown: impl Future<Output = ()>,
) -> (End, Language) {
    run::Seat::new(Model::new(setup), far, near).sit(shutdown).await
}

/// The set-up, cut down to what the terminal can show.
pub fn fit(setup: Setup, caps: &Caps) -> Setup {
    let depth = match caps.depth {
        crate::term::Depth::None => tui::Depth::None,
        crate::term::Depth::Ansi16 => tui::Depth::Ansi16,
        crate::term::Depth::Ansi256 => tui::Depth::Ansi256,
        crate::term::Depth::True => tui::Depth::True,
    };
    let symbols = if caps.unicode { setup.symbols } else { Symbols::Ascii };
    Setup { depth: depth.min(setup.depth), symbols, key_releases: false, ..setup }
}

/// Waits a moment for the terminal to answer the last frame: an answer that comes later lands on the shell's line. A
/// terminal that does not answer keeps nobody.
async fn last_answer<T: Terminal>(screen: &Screen, terminal: &mut T, decoder: &mut PatientDecoder) {
    let answer = async {
        while screen.is_waiting() {
            match terminal.next().await {
                Typed::Bytes(bytes) => {
                    if decoder.feed(&bytes, Instant::now()).contains(&Input::Reply(Reply::Fence)) {
                        break;
                    }
                }
                Typed::Resized | Typed::Continued | Typed::End => {}
                Typed::HungUp => break,
            }
        }
    };
    // none came: it does not answer
    let _ = timeout(LAST_ANSWER, answer).await;
}
