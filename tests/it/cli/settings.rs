//! Settings: where they are, what they say, who beats whom; and what is printed for shells and manuals.

use std::fs;

use crate::support::shell::{Home, Server, host};

#[test]
fn without_arguments_there_is_short_help() {
    let ran = Home::new().run(&[]).ok();
    for word in ["host", "join", "serve", "ctl", "demo", "devices", "keys", "config", "completions", "man"] {
        assert!(ran.out.contains(&format!("\n  {word} ")), "{word}: {}", ran.out);
    }
}

#[test]
fn without_a_terminal_the_last_rooms_are_lines() {
    let home = Home::new();
    let server = Server::start(&home);
    let _host = host(&home, &server, "monday");
    let file = home.path().join(".local/state/palco/remembered.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let room = |url: &str, title: &str, own| {
        format!("[[rooms]]\nurl = \"{url}\"\ntitle = \"{title}\"\nown = {own}\n")
    };
    let rooms = [
        room(&server.url("monday"), "Analog", false),
        room(&server.url("nothing"), "Never", false),
        room("ws://127.0.0.1:1/gone", "Old", false),
        room("ws://127.0.0.1:1/mine", "Mine", true),
        room("no address", "Broken", false),
    ];
    fs::write(&file, rooms.concat()).unwrap();
    let said = home.run(&[]).ok().out;
    let lines: Vec<_> = said.lines().collect();
    assert!(
        lines[0].starts_with("monday: ") && lines[0].contains("1 here") && lines[0].ends_with("Analog"),
        "{said}"
    );
    assert_eq!(lines[1], format!("  palco join {}", server.url("monday")));
    assert_eq!(lines[2], "nothing: no meeting - Never");
    assert_eq!(lines[4], "gone: not reachable - Old");
    assert_eq!((lines[6], lines[7]), ("mine: yours, not hosted now - Mine", "  palco host mine"));
    assert!(lines[8].starts_with("Type: palco join"), "{said}");
    let mut italian = home.palco(&[]);
    let said = String::from_utf8(italian.env("LC_ALL", "it_IT.UTF-8").output().unwrap().stdout).unwrap();
    assert!(said.contains("gone: non risponde - Old"), "{said}");
    fs::write(&file, "rooms = [").unwrap();
    assert!(home.run(&[]).ok().out.contains("Usage: palco"), "what is broken is forgotten");
}

#[test]
fn version_completions_and_manual() {
    let home = Home::new();
    assert!(home.run(&["--version"]).ok().out.starts_with("palco 0."));
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(&["completions", shell]).ok().out.contains("listen-only"), "{shell}");
    }
    let man = home.run(&["man"]).ok().out;
    assert!(man.contains(".TH palco 1") && man.contains("PALCO CTL") && man.contains("agenda"), "{man}");
    assert!(home.run(&["keys"]).ok().out.contains("raise"));
    home.run(&["devices"]).ok();
}

#[test]
fn the_sample_file_can_be_used_as_it_is() {
    let home = Home::new();
    let path = home.run(&["config", "path"]).ok().out;
    let path = std::path::Path::new(path.trim_end());
    assert!(path.starts_with(home.path()), "{path:?}");
    home.run(&["config", "check"]).ok();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, home.run(&["config", "default"]).ok().out).unwrap();
    assert!(home.run(&["config", "check"]).ok().out.contains("is fine"));
}

#[test]
fn a_broken_file_is_told_with_its_place() {
    let home = Home::new();
    let file = home.path().join("c.toml");
    let name = file.display().to_string();
    for (text, words) in [
        ("theme = \"dark\"\ncolour = 3\n", &["c.toml:2:1", "colour"][..]),
        ("lang = \"klingon\"\n", &["c.toml:1:8", "klingon"]),
        ("theme = \"dark\n", &["c.toml:1:"]),
        ("theme = \"pink\"\n", &["c.toml", "no theme “pink”", "dark, light"]),
        ("[server]\nlisten = \"here\"\n", &["c.toml", "0.0.0.0:7780"]),
        ("[server]\nowners = [\"me\"]\n", &["c.toml", "ssh-keygen"]),
        ("[keys]\nfly = \"n\"\n", &["c.toml:2: ", "fly"]),
        ("[keys]\nnext = 3\n", &["c.toml:2:8"]),
        (
            "[keys.queue]\ndone = \"x\"\nnext = \"Strg-N\"\n[keys.seats]\n\nnext = \"n\"\n",
            &["c.toml:3: ", "Strg-N", "c.toml:6: ", "seats"],
        ),
    ] {
        fs::write(&file, text).unwrap();
        home.run(&["config", "check", &name]).failed(2, words);
    }
    fs::write(&file, "theme = 1\n").unwrap();
    home.run(&["--config", &name, "serve", "--listen", "127.0.0.1:0"]).failed(2, &["c.toml:1:9"]);
    home.run(&["--config", "/nowhere.toml", "keys"]).failed(2, &["/nowhere.toml", "config path"]);
    home.run(&["--config", &name, "completions", "bash"]).ok();
}

#[test]
fn own_keys_are_merged_over_the_usual_ones_and_listed() {
    let home = Home::new();
    let file = home.path().join("c.toml");
    fs::write(&file, "[keys]\ntalk = \"F8\"\n[keys.queue]\nnext = \"Enter\"\n").unwrap();
    let table = home.run(&["--config", &file.display().to_string(), "keys"]).ok().out;
    let row = |word: &str| table.lines().find(|l| l.contains(&format!("`{word}`"))).unwrap().to_owned();
    assert!(row("talk").starts_with("| `F8` "), "{table}");
    assert!(row("next").starts_with("| `n` Queue: `Enter` "), "{table}");
    assert!(row("raise").starts_with("| `r` "), "{table}");
}

#[test]
fn a_theme_with_an_unknown_scope_is_refused() {
    let home = Home::new();
    let theme = home.path().join("mine.toml");
    fs::write(
        &theme,
        "[scopes]\n\"stage.shouting\" = { fg = \"red\" }\n\"no.such.scope\" = { fg = \"red\" }\n",
    )
    .unwrap();
    let name = theme.display().to_string();
    let args = ["join", "ws://127.0.0.1:9/monday", "--no-audio", "--theme", &name];
    home.run(&args).failed(2, &["mine.toml"]);
    home.run(&["join", "ws://127.0.0.1:9/monday", "--theme", "pink"]).failed(2, &["no theme “pink”"]);
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let home = Home::new();
    let server = Server::start(&home);
    let url = server.url("monday");
    let _host = host(&home, &server, "monday");
    let file = home.path().join("c.toml");
    fs::write(&file, "name = \"File\"\n").unwrap();
    let raise = |key: &str, flag: Option<&str>, env: Option<&str>, config: bool| {
        let key = home.path().join(key).display().to_string();
        let mut args = vec!["ctl", &url, "raise", "x", "--identity", &key];
        if let Some(name) = flag {
            args.extend(["--name", name]);
        }
        let mut command = home.palco(&args);
        if config {
            command.env("PALCO_CONFIG", &file);
        }
        if let Some(name) = env {
            command.env("PALCO_NAME", name);
        }
        assert!(command.status().unwrap().success());
    };
    home.ctl(&url, "Stefano", &["start"]).ok();
    raise("a", Some("Flag"), Some("Env"), true);
    raise("b", None, Some("Env"), true);
    raise("c", None, None, true);
    raise("d", None, None, false);
    let status = home.status(&url);
    let mut names: Vec<_> =
        status["queue"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Env", "File", "Flag", "tester"]);
}
