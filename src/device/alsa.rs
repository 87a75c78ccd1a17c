//! ALSA without linking it: finds `libasound.so.2` when palco starts and fills the table of trampolines.
//!
//! `alsa.symbols` lists what the `alsa` and `cpal` crates may call: every `snd_*` name in their sources that alsa-sys
//! declares, and every undefined one of the built crates. After an update of cpal that does not link:
//!
//! ```text
//! nm -u target/debug/deps/lib{alsa,cpal}-*.rlib | awk '/ U snd_/ { print $2 }' | sort -u
//! ```

#[cfg(alsa_table)]
mod table {
    use std::ffi::{CStr, c_void};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicPtr, Ordering};

    include!(concat!(env!("OUT_DIR"), "/alsa_names.rs"));
    core::arch::global_asm!(include_str!(concat!(env!("OUT_DIR"), "/alsa.s")));

    unsafe extern "C" {
        /// The addresses that the trampolines jump to, in the order of `NAMES`.
        static palco_alsa_table: [AtomicPtr<c_void>; NAMES.len()];
    }

    /// What ALSA calls instead of writing to standard error; it is called with more arguments, which it leaves alone.
    extern "C" fn say_nothing() {}

    /// One process has one ALSA, as it has one set of symbols.
    static PRESENT: OnceLock<bool> = OnceLock::new();

    pub(in crate::device) fn load() -> bool {
        *PRESENT.get_or_init(fill)
    }

    fn fill() -> bool {
        // SAFETY: dlopen of a system library, whose initialisers need nothing; the name is a C string.
        let library = unsafe { libc::dlopen(c"libasound.so.2".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        if library.is_null() {
            return false;
        }
        // SAFETY: build.rs defines the table with exactly one entry a name, aligned to 8, in writable memory.
        let table = unsafe { &palco_alsa_table };
        for (entry, name) in table.iter().zip(NAMES) {
            let address = find(library, name);
            if !address.is_null() {
                entry.store(address, Ordering::Release);
            }
        }
        silence(library);
        true
    }

    fn find(library: *mut c_void, name: &CStr) -> *mut c_void {
        // SAFETY: `library` is a handle that dlopen gave and that is never closed; the name is a C string.
        unsafe { libc::dlsym(library, name.as_ptr()) }
    }

    /// Keeps ALSA and its plugins from writing into the terminal.
    fn silence(library: *mut c_void) {
        let address = find(library, c"snd_lib_error_set_handler");
        if address.is_null() {
            return;
        }
        // SAFETY: the symbol is `int snd_lib_error_set_handler(snd_lib_error_handler_t)`; a handler is called by the C
        // convention, under which a callee may ignore its arguments, variable ones too.
        unsafe {
            let set: extern "C" fn(extern "C" fn()) -> libc::c_int = std::mem::transmute(address);
            set(say_nothing);
        }
    }
}

/// Makes ALSA callable if this machine has it; the first call looks, later ones remember.
///
/// Without it every ALSA function fails with ENOSYS, and those that return text must not be called at all: nothing may
/// touch cpal's ALSA host unless this is true.
#[cfg(alsa_table)]
pub(super) fn load() -> bool {
    table::load()
}

/// Elsewhere ALSA is linked, or there is none and cpal has no such host.
#[cfg(not(alsa_table))]
pub(super) fn load() -> bool {
    cfg!(target_os = "linux")
}

#[cfg(all(test, alsa_table))]
mod tests {
    /// That this links is most of the test: every undefined `snd_*` symbol of cpal's ALSA host has its trampoline.
    #[test]
    fn the_host_is_there_when_the_library_is() {
        let loaded = super::load();
        // SAFETY: dlopen of a system library; the handle is not used.
        let present = unsafe { !libc::dlopen(c"libasound.so.2".as_ptr(), libc::RTLD_NOW).is_null() };
        assert_eq!(loaded, present);
        if loaded {
            assert!(cpal::host_from_id(cpal::HostId::Alsa).is_ok());
        }
    }
}
