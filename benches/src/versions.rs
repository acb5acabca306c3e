//! What the figures were measured with.

use std::ffi::CStr;

/// Version of the zstd library linked here.
pub fn zstd_version() -> &'static str {
    zstd::zstd_safe::version_string()
}

/// Version of the zlib library linked here.
pub fn zlib_version() -> String {
    // SAFETY: zlibVersion takes nothing and returns a static NUL-terminated string.
    let version = unsafe { CStr::from_ptr(libz_sys::zlibVersion()) };
    version.to_string_lossy().into_owned()
}

/// The processor's name where the system tells it, else its architecture.
pub fn machine() -> String {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |(_, name)| name.trim().to_string())
}
