/* SPDX-License-Identifier: GPL-2.0 */

/* In net/sock.h: a tagged struct as a member without a name, which bindgen loses; without the tag it does not. */
#define slock_owned

#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/iocontext.h>
#include <linux/ioprio.h>
#include <linux/kernfs.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/task_work.h>
#include <linux/trace_events.h>
#include <uapi/linux/sched/types.h>
#include <net/af_unix.h>
#include <net/inet_connection_sock.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/strparser.h>
#include <net/tcp.h>
#include <net/tls.h>

/* The head of `struct unix_stream_read_state` of net/unix/af_unix.c, which is in no header. */
struct vhqos_unix_read {
	void *recv_actor;
	struct socket *socket;
	struct msghdr *msg;
	struct pipe_inode_info *pipe;
	size_t size;
	int flags;
};

/* Constants that bindgen cannot compute: macros with casts. */
const fmode_t VHQOS_FMODE_PWRITE = FMODE_PWRITE;
const unsigned int VHQOS_LOOKUP_DIRECTORY = LOOKUP_DIRECTORY;
const unsigned int VHQOS_LOOKUP_FOLLOW = LOOKUP_FOLLOW;
