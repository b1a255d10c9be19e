//! What differs between the systems that Crosskey is built for.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::library;
use crate::variable;

/// A system that programs are built for.
pub(crate) struct Platform {
    /// For messages: operating system, architecture and C library.
    pub(crate) name: String,
    /// The file name under which the linker looks for Z3.
    pub(crate) library: &'static str,
    /// What the file names of the system's shared libraries have in them.
    pub(crate) shared: &'static str,
    /// How pip calls the platform of the wheel to take, if there is one.
    pub(crate) wheel: Option<&'static str>,
}

impl Platform {
    /// The platform that this build is for, which need not be the one that it runs on.
    pub(crate) fn of_target() -> Result<Self, Failure> {
        let os = variable("CARGO_CFG_TARGET_OS")?;
        let arch = variable("CARGO_CFG_TARGET_ARCH")?;
        let abi = variable("CARGO_CFG_TARGET_ENV").unwrap_or_default();
        let wheel = match (os.as_str(), arch.as_str(), abi.as_str()) {
            ("linux", "x86_64", "gnu") => Some("manylinux_2_27_x86_64"),
            ("linux", "aarch64", "gnu") => Some("manylinux_2_38_aarch64"),
            ("macos", "x86_64", _) => Some("macosx_13_0_x86_64"),
            ("macos", "aarch64", _) => Some("macosx_13_0_arm64"),
            _ => None,
        };
        let (library, shared) = match os.as_str() {
            "windows" => ("libz3.lib", ".dll"),
            "macos" => ("libz3.dylib", ".dylib"),
            _ => ("libz3.so", ".so"),
        };
        let name = [os, arch, abi].join(" ").trim_end().to_owned();
        Ok(Self { name, library, shared, wheel })
    }

    /// z3-sys links the C++ library by its development name, `libstdc++.so`, which comes with g++.
    /// A machine with a C compiler alone has only `libstdc++.so.6`; then that serves, under a
    /// second name beside Z3.
    pub(crate) fn provide_cxx(&self, libraries: &Path) -> Result<(), Failure> {
        const LINKED: &str = "libstdc++.so";
        if self.library != "libz3.so" || find_with_compiler(LINKED).is_some() {
            return Ok(());
        }
        match find_with_compiler("libstdc++.so.6") {
            Some(file) if !libraries.join(LINKED).exists() => {
                let link = libraries.join(LINKED);
                library::alias(Path::new(&file), &link).map_err(Failure::io("cannot link", &link))
            }
            _ => Ok(()),
        }
    }
}

/// Asks the compiler driver that will link where it finds a library.
fn find_with_compiler(file: &str) -> Option<String> {
    let driver = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(driver).arg(format!("-print-file-name={file}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    // A driver that does not find the file repeats its bare name.
    Path::new(&path).is_absolute().then_some(path)
}
