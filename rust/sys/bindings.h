/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/fprobe.h>
#include <linux/fs.h>
#include <linux/ioprio.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/task_work.h>
#include <net/inet_sock.h>
#include <net/sock.h>
