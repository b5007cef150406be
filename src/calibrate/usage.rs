//! What this process has used of the processor and of the memory.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::Bytes;

/// Processor time of all threads of this process, user and system, since it began.
pub(super) fn processor_time() -> Duration {
    let told = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(told.tv_sec as u64, told.tv_nsec as u32)
}

/// Memory of this process that is resident now; nothing where the system does not say.
pub(super) fn resident() -> Option<Bytes> {
    let told = std::fs::read_to_string("/proc/self/statm").ok();
    match told {
        Some(told) => statm(&told, rustix::param::page_size() as u64),
        None => ps(),
    }
}

fn statm(told: &str, page: u64) -> Option<Bytes> {
    let pages: u64 = told.split_whitespace().nth(1)?.parse().ok()?;
    Some(Bytes(pages * page))
}

/// Where there is no `/proc`, as on macOS.
fn ps() -> Option<Bytes> {
    let id = std::process::id().to_string();
    let output = std::process::Command::new("ps").args(["-o", "rss=", "-p", &id]).output().ok()?;
    let kib: u64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(Bytes(kib * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_counts_resident_pages() {
        assert_eq!(statm("1000 25 3 4 0 6 0", 4096), Some(Bytes(25 * 4096)));
        assert_eq!(statm("", 4096), None);
    }

    #[test]
    fn work_takes_processor_time() {
        let before = processor_time();
        let sum: u64 = std::hint::black_box((0..2_000_000_u64).map(std::hint::black_box).sum());
        assert!(sum > 0 && processor_time() > before);
        assert!(resident().is_none_or(|bytes| bytes.0 > 1 << 20));
    }
}
