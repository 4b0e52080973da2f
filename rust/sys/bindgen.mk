# SPDX-License-Identifier: GPL-2.0
#
# Makes rust/sys/bindings_generated.rs, next to the objects, from bindings.h: the C declarations that the kernel's own
# `bindings` crate lacks. Which ones is said in bindgen_parameters here. The crate includes the file by
# `include!(env!("VHQOS_BINDINGS"))`, which works for `M=` builds and for `O=` builds of a kernel tree.

vhqos-bindings := $(obj)/rust/sys/bindings_generated.rs
export VHQOS_BINDINGS := $(abspath $(vhqos-bindings))

# The tree's rust/Makefile says for which Rust its bindings are made, and which flags of gcc libclang does not know.
vhqos-tree := $(srctree)/rust/Makefile
vhqos-rust-target := $(shell sed -n 's/.*--rust-target \([0-9.]*\).*/\1/p' $(vhqos-tree) | head -n 1)

ifdef CONFIG_CC_IS_CLANG
vhqos-c-flags = $(c_flags)
else
vhqos-skip := $(shell sed -n '/^bindgen_skip_c_flags :=/,/[^\\]$$/{s/^bindgen_skip_c_flags :=//;s/\\$$//;p}' $(vhqos-tree))
vhqos-c-flags = $(filter-out $(vhqos-skip),$(c_flags)) -w --target=x86_64-linux-gnu
endif

# Attributes of enums are for the kernel's own crate, which switches on the feature that they need.
vhqos-parameters = $(shell grep -Ehv '^\#|^$$|^--with-attribute-custom-enum' $(srctree)/rust/bindgen_parameters $(src)/rust/sys/bindgen_parameters)

quiet_cmd_vhqos_bindgen = BINDGEN $@
      cmd_vhqos_bindgen = \
	$(BINDGEN) $< $(vhqos-parameters) --rust-target $(vhqos-rust-target) \
		--use-core --with-derive-default --ctypes-prefix ffi \
		--no-debug '.*' --enable-function-attribute-detection \
		-o $@ -- $(filter-out $(CC_FLAGS_LTO),$(vhqos-c-flags)) -fno-builtin -D__BINDGEN__ -DMODULE

targets += rust/sys/bindings_generated.rs
$(vhqos-bindings): $(src)/rust/sys/bindings.h $(src)/rust/sys/bindgen_parameters $(srctree)/rust/bindgen_parameters FORCE
	$(call if_changed_dep,vhqos_bindgen)

$(obj)/rust/vhqos_main.o: $(vhqos-bindings)
clean-files += rust/sys/bindings_generated.rs
