// SPDX-License-Identifier: GPL-2.0

//! A module parameter that is text: `module!` knows integers only.
//!
//! C header: [`include/linux/moduleparam.h`](srctree/include/linux/moduleparam.h)

use crate::sys::bindings;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicPtr,
    Ordering, //
};
use kernel::prelude::*;

/// Where the kernel keeps the text of `cgroup_root`; null when it was not given.
static CGROUP_ROOT: AtomicPtr<c_char> = AtomicPtr::new(null_mut());

/// A `struct kernel_param` in the section where the loader looks for them.
#[repr(transparent)]
struct Parameter(bindings::kernel_param);

// SAFETY: The kernel serialises its use of parameters, and this module never changes the structure.
unsafe impl Sync for Parameter {}

#[cfg(MODULE)]
const NAME: &CStr = c"cgroup_root";
#[cfg(not(MODULE))]
const NAME: &CStr = c"vhqos.cgroup_root";

#[link_section = "__param"]
#[used(compiler)]
static PARAMETER: Parameter = Parameter(bindings::kernel_param {
    name: NAME.to_bytes_with_nul().as_ptr().cast(),
    #[cfg(MODULE)]
    mod_: crate::sys::module::THIS.as_ptr(),
    #[cfg(not(MODULE))]
    mod_: null_mut(),
    ops: &raw const bindings::param_ops_charp,
    perm: 0o400,
    level: -1,
    flags: 0,
    __bindgen_anon_1: bindings::kernel_param__bindgen_ty_1 {
        arg: (&raw const CGROUP_ROOT).cast_mut().cast(),
    },
});

/// The `modinfo` lines of the parameter.
#[cfg(MODULE)]
#[link_section = ".modinfo"]
#[used(compiler)]
static DESCRIPTION: [u8; 90] =
    *b"parm=cgroup_root:group below the cgroup2 mount that is made for the hosts (default vhqos)\0";
#[cfg(MODULE)]
#[link_section = ".modinfo"]
#[used(compiler)]
static TYPE: [u8; 27] = *b"parmtype=cgroup_root:charp\0";

/// The parameter `cgroup_root`, or `default` when it was not given.
pub(crate) fn cgroup_root(default: &'static CStr) -> &'static CStr {
    let text = CGROUP_ROOT.load(Ordering::Relaxed);
    if text.is_null() {
        return default;
    }
    // SAFETY: `param_set_charp()` stores text that ends with NUL; the parameter cannot be written after
    // the load (mode 0400), so that the text stays until the module is gone.
    unsafe { CStr::from_char_ptr(text) }
}
