// SPDX-License-Identifier: GPL-2.0

//! TLS in the kernel: what was decrypted for a reader.
//!
//! C headers: [`include/net/tls.h`](srctree/include/net/tls.h), [`include/net/strparser.h`](srctree/include/net/strparser.h)

use crate::sys::bindings;
use crate::sys::buffer::Received;
use crate::sys::socket::Socket;

/// TLS 1.3 (RFC 8446, section 4.1.2).
const TLS_1_3: u16 = 0x0304;

/// Records of application data (RFC 8446, section 5.1).
const APPLICATION_DATA: u8 = 23;

/// What is copied of a record.
pub(crate) struct Piece {
    /// Whether the record is of application data.
    pub(crate) is_data: bool,
    /// Whether it is all of it.
    pub(crate) is_whole: bool,
}

impl Socket {
    /// The number of the record, from 0 on, that was decrypted last with the keys of now. Nothing unless each record is
    /// decrypted into a buffer of its own, from which it is copied: TLS 1.3 without `TLS_RX_EXPECT_NO_PAD`, in software
    /// (`tls_update_rx_zc_capable()` of net/tls/tls_sw.c). To be asked of a TCP socket, by who reads it.
    pub(crate) fn tls_record(&self) -> Option<u64> {
        // SAFETY: A TCP socket is the first field of this. The layer's operations stay as long as there is such a socket; the name
        // says that what it keeps is this context, which is freed after a grace period of RCU (`tls_ctx_free()` of
        // net/tls/tls_main.c), and handlers run on the read side.
        let context = unsafe {
            let connection = self.as_ptr().cast::<bindings::inet_connection_sock>();
            let layer = core::ptr::read_volatile(&raw const (*connection).icsk_ulp_ops).as_ref()?;
            let name = layer.name.into_iter();
            if name.take_while(|byte| *byte != 0).ne(*b"tls") {
                return None;
            }
            core::ptr::read_volatile(&raw const (*connection).icsk_ulp_data)
                .cast::<bindings::tls_context>()
                .as_ref()?
        };
        let in_software = u32::from(context.rx_conf()) == bindings::TLS_SW;
        let is_copied = context.prot_info.version == TLS_1_3 && context.rx_no_pad() == 0;
        if !in_software || !is_copied {
            return None;
        }
        let next = u64::from_be_bytes(context.rx.rec_seq);
        next.checked_sub(1)
    }
}

impl Received<'_> {
    /// Which piece of a record it is. To be asked of what is copied right after [`Socket::tls_record`] said its number.
    pub(crate) fn piece(&self) -> Piece {
        // SAFETY: The buffer is valid, and the control block of one with a decrypted record is this (`strp_msg()` and
        // `tls_msg()` of net/strparser.h and net/tls.h).
        let block = unsafe { &*self.control_block().cast::<bindings::sk_skb_cb>() };
        Piece {
            is_data: block.tls.control == APPLICATION_DATA,
            is_whole: u32::try_from(block.strp.strp.full_len) == Ok(self.length()),
        }
    }
}
