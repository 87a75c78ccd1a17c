//! What changes the library: by the server while it runs, or without one.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::after;
use crate::cli::kept::{self, Which};
use crate::cli::output::{Failure, print};
use crate::cli::{context::Context, wait_for};
use crate::client::now;
use crate::library::{Answer, Ask, Keeper, Kept, Refused, SOCKET};
use crate::store::Store;

use super::args::{HowLong, Switch, WhereArgs};

/// How long a server may take: it looks at every page of the database when a meeting is deleted.
const PATIENCE: Duration = Duration::from_secs(120);

/// Deletes a meeting, when whoever is asked says so.
pub(super) fn delete(context: &Context, which: &Which, at: &WhereArgs, yes: bool) -> Result<(), Failure> {
    let (name, room, number) = named(context, which, at)?;
    let library = kept::open(context, at.data.as_ref())?;
    let exported = library.exported_to(&kept::find(&library, which)?).map_err(kept::unreadable)?;
    drop(library);
    if !yes && !agrees(&name, &exported)? {
        return print("nothing was deleted");
    }
    ask(&context.data(at.data.as_ref()), Ask::Delete { room, number })?;
    print(&format!("{name} is deleted: what was said, the recording, and the exports that palco knows of"))
}

/// Writes everything of a meeting into a folder, and has it remembered: deleting the meeting deletes that too.
pub(super) fn export(context: &Context, which: &Which, to: &Path, at: &WhereArgs) -> Result<(), Failure> {
    let library = kept::open(context, at.data.as_ref())?;
    let kept = kept::find(&library, which)?;
    let failed =
        |why: &dyn std::fmt::Display| Failure::refused("export", format!("nothing is exported: {why}"));
    let folder = to.join(format!("{}-{}", kept.row.room, kept.row.number));
    if folder.exists() {
        return Err(failed(&format!("{} is there already; move it away", folder.display())));
    }
    let how = after::written(context)?.making();
    let files = library.export(&kept, &how, &folder).map_err(|why| failed(&why))?;
    if files.is_empty() {
        return Err(failed(&format!("{} never started", kept.name())));
    }
    let whole: Vec<_> = files.iter().filter_map(|file| file.canonicalize().ok()).collect();
    let (room, number) = (kept.row.room.clone(), kept.row.number);
    print(&folder.display().to_string())?;
    ask(&context.data(at.data.as_ref()), Ask::Exported { room, number, files: whole }).map_err(|why| {
        let text = format!("it is exported, but deleting the meeting will not delete that: {}", why.text);
        Failure { text, ..why }
    })
}

/// Holds a meeting, or lets go of it.
pub(super) fn hold(context: &Context, which: &Which, at: &WhereArgs, switch: Switch) -> Result<(), Failure> {
    let (name, room, number) = named(context, which, at)?;
    let on = switch == Switch::On;
    ask(&context.data(at.data.as_ref()), Ask::Hold { room, number, on })?;
    print(&if on { format!("{name} is held: nobody deletes it") } else { format!("{name} is not held") })
}

/// Sets how long a room keeps its meetings.
pub(super) fn keep(context: &Context, room: &Which, at: &WhereArgs, long: HowLong) -> Result<(), Failure> {
    // There has to be such a room.
    kept::find(&kept::open(context, at.data.as_ref())?, &Which { number: None, ..room.clone() })?;
    let room = room.room.clone();
    let text = match long.0 {
        None => format!("{room} keeps its meetings as long as the server's settings say"),
        Some(0) => format!("{room} keeps its meetings for good"),
        Some(days) => format!("{room} keeps its meetings for {days} days after they ended"),
    };
    ask(&context.data(at.data.as_ref()), Ask::Days { room, days: long.0 })?;
    print(&text)
}

/// What a meeting is called, which has to be named whole: nobody deletes the latest one by leaving out a number.
fn named(context: &Context, which: &Which, at: &WhereArgs) -> Result<(String, String, u32), Failure> {
    let library = kept::open(context, at.data.as_ref())?;
    let Some(number) = which.number else {
        return Err(Failure::usage(format!("say which meeting: {}#28", which.room)));
    };
    let kept: Kept = kept::find(&library, which)?;
    Ok((kept.name(), which.room.clone(), number))
}

/// Asks whether a meeting is to be deleted; no is what Enter says.
fn agrees(name: &str, exported: &BTreeSet<PathBuf>) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("nobody can be asked whether to delete {name}; say --yes")));
    }
    let exports = exported.iter().map(|folder| format!(", and what was exported to {}", folder.display()));
    let what = exports.fold(format!("{name} with its recording"), |all, one| all + &one);
    let asked = write!(io::stderr().lock(), "Delete {what}, for good? [y/N] ");
    let mut line = String::new();
    asked.and_then(|()| io::stdin().read_line(&mut line)).map_err(|e| Failure::refused("input", e))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Asks the server that has the directory; without one does it.
pub(super) fn ask(data: &Path, ask: Ask) -> Result<(), Failure> {
    let answer = match UnixStream::connect(data.join(SOCKET)) {
        Ok(server) => ask_server(&server, &ask)
            .map_err(|e| Failure::no_connection(format!("the server does not answer ({e})")))?,
        Err(_) => {
            let store = Store::open(data).map_err(|e| Failure::refused("data", e))?;
            wait_for(async { Ok(without_server(store, ask).await) })?
        }
    };
    answer.map_err(|Refused { code, text }| Failure::refused(code, text))
}

fn ask_server(mut server: &UnixStream, ask: &Ask) -> io::Result<Answer> {
    server.set_read_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(ask)?;
    line.push('\n');
    server.write_all(line.as_bytes())?;
    line.clear();
    BufReader::new(server).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

async fn without_server(store: Store, ask: Ask) -> Answer {
    let keeper = Keeper::new(&store).ok_or_else(|| Refused::new("data", "nothing is kept there"))?;
    let answer = keeper.answer(ask, now(), &keeper).await;
    let folded = store.flush().await;
    answer.and(folded.map_err(Refused::from))
}
