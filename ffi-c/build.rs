//! Gives the shared library the name under which programs ask for it: with the major version, which
//! changes when old callers would no longer work.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    let name = match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("macos" | "ios") => format!("-install_name,@rpath/libtracezip.{major}.dylib"),
        Ok("windows") => return,
        _ => format!("-soname,libtracezip.so.{major}"),
    };
    println!("cargo:rustc-cdylib-link-arg=-Wl,{name}");
}
