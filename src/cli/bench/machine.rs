//! What a figure was measured on, and what a process used.

use std::fs;
use std::time::Duration;

use super::BenchError;

/// Ticks a second in `/proc/PID/stat`: 100 on every Linux that palco runs on (`USER_HZ`, proc(5)).
const USER_HZ: u64 = 100;

/// The machine in one line: cores, CPU, kernel.
pub(super) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("CPU unknown", |(_, model)| model.trim());
    format!("{cores} cores, {model}, Linux {}", kernel.trim())
}

/// User and system time that a process has used.
///
/// # Errors
/// It is gone, or this is no Linux.
pub(super) fn cpu(pid: u32) -> Result<Duration, BenchError> {
    let what = "the server's CPU time in /proc";
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_err(|cause| BenchError::System { what, cause })?;
    Ok(Duration::from_millis(cpu_ticks(&stat) * (1_000 / USER_HZ)))
}

/// `utime` and `stime`, fields 14 and 15; the name in field 2 may hold spaces and ends with the last parenthesis.
fn cpu_ticks(stat: &str) -> u64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum()
}

/// Resident memory of a process, in KiB.
///
/// # Errors
/// It is gone, or this is no Linux.
pub(super) fn memory_kib(pid: u32) -> Result<u64, BenchError> {
    let what = "the server's memory in /proc";
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .map_err(|cause| BenchError::System { what, cause })?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0))
}

/// Files and sockets that a process has open.
///
/// # Errors
/// It is gone, or this is no Linux.
pub(super) fn open_files(pid: u32) -> Result<usize, BenchError> {
    let what = "the server's open files in /proc";
    let files =
        fs::read_dir(format!("/proc/{pid}/fd")).map_err(|cause| BenchError::System { what, cause })?;
    Ok(files.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_with_spaces_and_parentheses() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 12345";
        assert_eq!(cpu_ticks(stat), 300);
    }

    #[test]
    fn this_process_has_memory_and_the_machine_a_name() {
        let pid = std::process::id();
        assert!(memory_kib(pid).unwrap() > 500);
        cpu(pid).unwrap();
        assert!(open_files(pid).unwrap() > 2);
        assert!(describe().contains("cores"));
    }
}
