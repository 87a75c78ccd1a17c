//! A hook that is a program.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::process::{ChildStderr, Command};
use tokio::time::timeout;

use super::hook::News;

/// How long it may take: it can publish an hour of sound on a slow link if it does so in the background.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of its complaints that are logged.
const COMPLAINTS: u64 = 2_048;

/// How long its complaints are waited for once it has failed: they are there, unless what it started holds its output.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why a program did not do it.
#[derive(Debug, Error)]
pub(in crate::server) enum BadRun {
    #[error("the hook names no program")]
    Nothing,
    #[error("the hook {0} cannot be run ({1})")]
    Start(String, io::Error),
    #[error("the hook {0} failed ({1}): {2}")]
    Failed(String, ExitStatus, String),
    #[error("the hook {0} took longer than {seconds} s and was killed", seconds = PATIENCE.as_secs())]
    TooLong(String),
}

/// Runs a program: no shell, the facts in its environment and as JSON on its input. When nobody waits for it any more, as when
/// the server stops, it is killed.
pub(super) async fn run(words: &[String], news: &News) -> Result<(), BadRun> {
    run_for(words, news, PATIENCE).await
}

async fn run_for(words: &[String], news: &News, patience: Duration) -> Result<(), BadRun> {
    let (program, arguments) = words.split_first().ok_or(BadRun::Nothing)?;
    let failed = |why| BadRun::Start(program.clone(), why);
    let mut command = Command::new(program);
    command.args(arguments).envs(news.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A group of its own, so that what it starts is killed with it.
    let mut child = command.process_group(0).kill_on_drop(true).spawn().map_err(failed)?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    let (input, output) = (child.stdin.take(), child.stderr.take());
    let body = news.body.clone();
    // Who does not read it all is no failure; who goes on in the background may read and complain on.
    let writing = async move { input?.write_all(body.as_bytes()).await.ok() };
    tokio::spawn(writing);
    let reading = tokio::spawn(complaints(output));
    let ending = async move {
        let ended = child.wait().await;
        // What it left in the background lives on.
        group.let_go();
        let status = ended.map_err(failed)?;
        if status.success() {
            return Ok(());
        }
        let said = timeout(LAST_WORDS, reading).await.ok().and_then(Result::ok).unwrap_or_default();
        Err(BadRun::Failed(program.clone(), status, said))
    };
    timeout(patience, ending).await.unwrap_or_else(|_| Err(BadRun::TooLong(program.clone())))
}

/// How its complaints begin. It is listened to until it is silent, so that it can always complain.
async fn complaints(from: Option<ChildStderr>) -> String {
    let mut text = Vec::new();
    let Some(from) = from else { return String::new() };
    let mut from = from.take(COMPLAINTS);
    let _ = from.read_to_end(&mut text).await;
    let _ = copy(&mut from.into_inner(), &mut sink()).await;
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// A program with all that it started, which is killed when nobody waits for it any more.
struct Group(Option<Pid>);

impl Group {
    fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its program is not waited for yet, so that the number is its own.
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Instant;

    fn news() -> News {
        News {
            id: "m".to_owned(),
            environment: vec![("PALCO_TITLE", "$(id) `x`".to_owned())],
            body: "{}".repeat(100_000),
        }
    }

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script, "hook", "$PALCO_TITLE"].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn it_has_the_facts_and_no_shell_reads_them() {
        let script =
            r#"test "$PALCO_TITLE" = '$(id) `x`' && test "$1" = '$PALCO_TITLE' && test "$(wc -c)" = 200000"#;
        run(&shell(script), &news()).await.unwrap();
        run(&shell("exit 0"), &news()).await.unwrap();
    }

    #[tokio::test]
    async fn what_fails_says_why() {
        let why = run(&shell("echo no room >&2; exit 3"), &news()).await.unwrap_err().to_string();
        assert!(why.contains("no room") && why.contains('3'), "{why}");
        let why = run(&["/nowhere/hook".to_owned()], &news()).await.unwrap_err();
        assert!(matches!(why, BadRun::Start(..)), "{why}");
        assert!(matches!(run(&[], &news()).await, Err(BadRun::Nothing)));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_killed_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 300 & echo $! > {}; wait", file.display());
        let why = run_for(&shell(&script), &news(), Duration::from_millis(500)).await.unwrap_err();
        assert!(matches!(why, BadRun::TooLong(_)), "{why}");
        let pid = std::fs::read_to_string(&file).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        // It is killed when it is given the processor next.
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z")) {
            assert!(Instant::now() < deadline, "its child lives on");
            thread::park_timeout(Duration::from_millis(10));
        }
    }
}
