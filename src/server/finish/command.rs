//! A hook that is a program.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;

use super::hook::News;

/// How long it may take: it can publish an hour of sound on a slow link if it does so in the background.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Bytes of its complaints that are logged.
const COMPLAINTS: u64 = 2_048;

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

/// Runs a program: no shell, the facts in its environment and as JSON on its input. It blocks for as long as it takes.
pub(super) fn run(words: &[String], news: &News) -> Result<(), BadRun> {
    run_for(words, news, PATIENCE)
}

fn run_for(words: &[String], news: &News, patience: Duration) -> Result<(), BadRun> {
    let (program, arguments) = words.split_first().ok_or(BadRun::Nothing)?;
    let failed = |why| BadRun::Start(program.clone(), why);
    let mut command = Command::new(program);
    command.args(arguments).envs(news.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A group of its own, so that what it starts is killed with it.
    let mut child = command.process_group(0).spawn().map_err(failed)?;
    let (input, output) = (child.stdin.take(), child.stderr.take());
    let body = news.body.clone();
    // Who does not read it all is no failure.
    let writing = thread::spawn(move || input.map(|mut input| input.write_all(body.as_bytes())));
    let reading = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(output) = output {
            // What it says beyond that it may say to nobody.
            let mut output = output.take(COMPLAINTS);
            let _ = output.read_to_end(&mut text);
            let _ = io::copy(&mut output.into_inner(), &mut io::sink());
        }
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    let Some(status) = wait(&mut child, patience).map_err(failed)? else {
        return Err(BadRun::TooLong(program.clone()));
    };
    drop(writing);
    if status.success() {
        return Ok(());
    }
    Err(BadRun::Failed(program.clone(), status, reading.join().unwrap_or_default()))
}

/// Waits for the end of a program, and kills its group when it takes too long: then there is no status.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            // It is not waited for yet, so that the number is its own.
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn it_has_the_facts_and_no_shell_reads_them() {
        let script =
            r#"test "$PALCO_TITLE" = '$(id) `x`' && test "$1" = '$PALCO_TITLE' && test "$(wc -c)" = 200000"#;
        run(&shell(script), &news()).unwrap();
        run(&shell("exit 0"), &news()).unwrap();
    }

    #[test]
    fn what_fails_says_why() {
        let why = run(&shell("echo no room >&2; exit 3"), &news()).unwrap_err().to_string();
        assert!(why.contains("no room") && why.contains('3'), "{why}");
        let why = run(&["/nowhere/hook".to_owned()], &news()).unwrap_err();
        assert!(matches!(why, BadRun::Start(..)), "{why}");
        assert!(matches!(run(&[], &news()), Err(BadRun::Nothing)));
    }

    #[test]
    fn what_takes_too_long_is_killed_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 300 & echo $! > {}; wait", file.display());
        let why = run_for(&shell(&script), &news(), Duration::from_millis(500)).unwrap_err();
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
