//! Build script: answers for the ALSA symbols that nobody links.
//!
//! `.cargo/config.toml` stands in for alsa-sys' build script, so libasound is not linked and the `snd_*` symbols that
//! the `alsa` and `cpal` crates refer to are undefined. This writes a trampoline for each name in
//! `src/device/alsa.symbols`, a jump through a table that `src/device/alsa.rs` fills when palco starts.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

/// The names, one a line.
const SYMBOLS: &str = "src/device/alsa.symbols";

/// The errno of the function that is called while there is no library: ENOSYS.
const MISSING: i32 = -38;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed={SYMBOLS}");
    println!("cargo::rustc-check-cfg=cfg(alsa_table)");
    let target = |key| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return Ok(());
    }
    let machine = match target("ARCH").as_str() {
        "x86_64" => Machine { missing: format!("mov eax, {MISSING}\nret"), jump: x86_64 },
        "aarch64" => Machine { missing: format!("mov w0, #{MISSING}\nret"), jump: aarch64 },
        _ => return Ok(()),
    };
    println!("cargo::rustc-cfg=alsa_table");
    let text = fs::read_to_string(SYMBOLS)?;
    let names: Vec<&str> = text.lines().filter(|l| l.starts_with("snd_")).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("alsa.s"), assembly(&names, &machine))?;
    fs::write(out.join("alsa_names.rs"), list(&names))
}

/// How a processor says it.
struct Machine {
    /// The body of the stand-in.
    missing: String,
    /// Writes the jump through the table's entry at an offset.
    jump: fn(&mut String, usize),
}

/// The table of addresses, each at first that of the stand-in, and the trampolines.
fn assembly(names: &[&str], machine: &Machine) -> String {
    let mut s = String::from(".section .data.rel.palco_alsa,\"aw\"\n.balign 8\n");
    s.push_str(".hidden palco_alsa_table\n.globl palco_alsa_table\npalco_alsa_table:\n");
    for _ in names {
        s.push_str(".quad palco_alsa_missing\n");
    }
    s.push_str(".text\n.balign 16\npalco_alsa_missing:\n");
    let _ = writeln!(s, "{}", machine.missing);
    for (i, name) in names.iter().enumerate() {
        let _ = writeln!(s, ".balign 16\n.hidden {name}\n.globl {name}\n.type {name}, %function\n{name}:");
        (machine.jump)(&mut s, i * 8);
        let _ = writeln!(s, ".size {name}, . - {name}");
    }
    s
}

fn x86_64(s: &mut String, offset: usize) {
    let _ = writeln!(s, "jmp qword ptr [rip + palco_alsa_table + {offset}]");
}

/// `x16` may be overwritten between a call and its target (AAPCS64 section 6.1.1).
fn aarch64(s: &mut String, offset: usize) {
    let _ = writeln!(s, "adrp x16, palco_alsa_table + {offset}");
    let _ = writeln!(s, "ldr x16, [x16, :lo12:palco_alsa_table + {offset}]\nbr x16");
}

/// The names as a Rust array, in the table's order.
fn list(names: &[&str]) -> String {
    let mut s = format!("const NAMES: [&CStr; {}] = [\n", names.len());
    for name in names {
        let _ = writeln!(s, "c\"{name}\",");
    }
    s.push_str("];\n");
    s
}
