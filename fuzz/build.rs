//! Lets the targets find the Z3 library.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The engine's build script says where the library is, unless Z3 is linked in.
    let Ok(libraries) = env::var("DEP_CROSSKEY_Z3_LIBDIR") else {
        return;
    };
    let beside = match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows") => return,
        Ok("macos") => "@loader_path",
        _ => "$ORIGIN",
    };
    for argument in ["-rpath", beside, "-rpath", &libraries] {
        println!("cargo::rustc-link-arg=-Xlinker");
        println!("cargo::rustc-link-arg={argument}");
    }
}
