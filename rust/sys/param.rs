// SPDX-License-Identifier: GPL-2.0

//! Module parameters that are text: `module!` knows integers only.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use crate::sys::bindings;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicPtr,
    Ordering, //
};
use kernel::prelude::*;

/// Where the kernel keeps the text of a parameter; null when it was not given.
pub(crate) struct Text(AtomicPtr<c_char>);

impl Text {
    /// Not given.
    const fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// The text, or `default` when it was not given.
    pub(crate) fn get(&self, default: &'static CStr) -> &'static CStr {
        let text = self.0.load(Ordering::Relaxed);
        if text.is_null() {
            return default;
        }
        // SAFETY: `param_set_charp()` stores text that ends with NUL; the parameter cannot be written after
        // the load (mode 0400), so that the text stays until the module is gone.
        unsafe { CStr::from_char_ptr(text) }
    }
}

/// A `struct kernel_param` in the section where the loader looks for them.
#[repr(transparent)]
struct Parameter(bindings::kernel_param);

// SAFETY: The kernel serialises its use of parameters, and this module never changes the structure.
unsafe impl Sync for Parameter {}

/// `text` as an array of its own length.
#[cfg(MODULE)]
const fn bytes<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    match text.as_bytes().first_chunk() {
        Some(bytes) => *bytes,
        None => [0; LENGTH],
    }
}

/// Declares the parameter `$name`, whose text is in `$text`, with its `modinfo` lines.
macro_rules! parameter {
    ($text:ident, $name:literal, $description:literal) => {
        #[doc = concat!("The parameter `", $name, "`: ", $description, ".")]
        pub(crate) static $text: Text = Text::new();

        const _: () = {
            #[cfg(MODULE)]
            const NAME: &str = concat!($name, "\0");
            #[cfg(not(MODULE))]
            const NAME: &str = concat!("vhqos.", $name, "\0");

            #[link_section = "__param"]
            #[used(compiler)]
            static PARAMETER: Parameter = Parameter(bindings::kernel_param {
                name: NAME.as_ptr().cast(),
                #[cfg(MODULE)]
                mod_: crate::sys::module::THIS.as_ptr(),
                #[cfg(not(MODULE))]
                mod_: null_mut(),
                ops: &raw const bindings::param_ops_charp,
                perm: 0o400,
                level: -1,
                flags: 0,
                __bindgen_anon_1: bindings::kernel_param__bindgen_ty_1 {
                    arg: (&raw const $text).cast_mut().cast(),
                },
            });

            #[cfg(MODULE)]
            const DESCRIPTION: &str = concat!("parm=", $name, ":", $description, "\0");
            #[cfg(MODULE)]
            #[link_section = ".modinfo"]
            #[used(compiler)]
            static INFORMATION: [u8; DESCRIPTION.len()] = bytes(DESCRIPTION);

            #[cfg(MODULE)]
            const TYPE: &str = concat!("parmtype=", $name, ":charp\0");
            #[cfg(MODULE)]
            #[link_section = ".modinfo"]
            #[used(compiler)]
            static TYPE_INFORMATION: [u8; TYPE.len()] = bytes(TYPE);
        };
    };
}

parameter!(
    CGROUP_ROOT,
    "cgroup_root",
    "group below the cgroup2 mount that is made for the hosts (default vhqos)"
);
parameter!(
    LOOPS,
    "loops",
    "What becomes of a thread that serves several hosts at once: charge (default) or move"
);
