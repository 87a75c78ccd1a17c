//! What the terminal can do: by its environment, and by asking it.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::cli::secret::Quiet;
use crate::term::{Caps, Decoder, Depth, Input, Keyboard, PROBE, Reply, SYNCHRONIZED};

use super::report::Check;

/// For an answer over a slow line; a terminal that says nothing by then knows none of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a terminal answered.
#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    any: bool,
    releases: bool,
    synchronized: bool,
}

/// Looks at the terminal; where there is none, palco prints lines.
pub(super) async fn look() -> Vec<Check> {
    let caps = Caps::from_env(&|name| std::env::var(name).ok());
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return vec![Check::good("terminal", "there is none here: palco prints lines and reads words")];
    }
    if caps.dumb {
        let fix = "set TERM to what your terminal is (xterm-256color), if it can more";
        return vec![Check::note("terminal", "it can only print: palco prints lines and reads words", fix)];
    }
    let answers = ask().await.unwrap_or_default();
    vec![colours(&caps), keys(answers), updates(answers)]
}

fn colours(caps: &Caps) -> Check {
    let (text, fix) = match caps.depth {
        Depth::True => ("all colours", None),
        Depth::Ansi256 => ("256 colours", None),
        Depth::Ansi16 => ("16 colours", Some("COLORTERM=truecolor says that it has more")),
        Depth::None => ("no colours", Some("unset NO_COLOR, or set TERM to what your terminal is")),
    };
    let signs = if caps.unicode { "all signs" } else { "ASCII signs" };
    let text = format!("{text}, {signs}");
    fix.map_or_else(|| Check::good("colours", &text), |fix| Check::note("colours", &text, fix))
}

fn keys(answers: Answers) -> Check {
    if answers.releases {
        return Check::good("keys", "it reports when a key is let go: Space talks while it is held");
    }
    let fix = "kitty, foot, WezTerm and Ghostty do, though not through tmux; or hold [TALK] with the mouse";
    Check::note("keys", "it does not report when a key is let go: Space opens and closes the microphone", fix)
}

fn updates(answers: Answers) -> Check {
    if answers.synchronized {
        return Check::good("updates", "it draws a frame as a whole");
    }
    let text = if answers.any { "it draws while it reads" } else { "it answers no questions" };
    Check::note(
        "updates",
        format!("{text}: frames may flicker"),
        "a newer terminal, or tmux 3.4, draws them as a whole",
    )
}

/// Asks the terminal what it can do; answers that do not come are none.
async fn ask() -> Option<Answers> {
    let _quiet = Quiet::begin()?;
    let mut keyboard = Keyboard::open().ok()?;
    let mut out = io::stdout().lock();
    out.write_all(PROBE).and_then(|()| out.flush()).ok()?;
    drop(out);
    let (mut decoder, mut answers) = (Decoder::new(), Answers::default());
    let until = Instant::now() + PATIENCE;
    while let Ok(Some(bytes)) = timeout_at(until, keyboard.read()).await {
        for input in decoder.feed(&bytes) {
            match input {
                Input::Reply(Reply::KeyFlags(_)) => answers.releases = true,
                Input::Reply(Reply::Mode { mode: SYNCHRONIZED, known }) => answers.synchronized = known,
                Input::Reply(Reply::Attributes) => {
                    answers.any = true;
                    return Some(answers);
                }
                _ => {}
            }
        }
    }
    Some(answers)
}
