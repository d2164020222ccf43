/* SPDX-License-Identifier: MIT
 *
 * The parts of dpb_default_threads that read text (public side: blas.h).
 */
#ifndef DPB_BASE_THREADS_H
#define DPB_BASE_THREADS_H

#include <stdbool.h>
#include <stddef.h>

/* CPUs that a quota is worth, rounded up, at least 1; 0 for "no quota" and for text that
 * is not one. cpu.max of cgroup v2 holds "max 100000" or "150000 100000". */
int dpb__cgroup2_cpus(const char *cpu_max);

/* The same of v1's two files: cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us. */
int dpb__cgroup1_cpus(const char *quota, const char *period);

/* The process's own group, from a line of /proc/self/cgroup: "0::/user.slice" (v2), or
 * for v1 one whose list of controllers holds cpu, "4:cpu,cpuacct:/docker/1a2b". Copies
 * the path; false when line is of neither kind or the path is too long. */
bool dpb__cgroup_path(const char *line, bool *v2, char *path, size_t size);

/* The least quota of all groups in the text of /proc/self/cgroup and of the groups around
 * them, 0 when there is none. mount: where the groups' files are, "/sys/fs/cgroup". */
int dpb__cgroup_cpus(const char *mount, const char *groups);

/* Cuts off the last part of path: "/a/b" -> "/a" -> "". False when path is "" or "/". */
bool dpb__cgroup_parent(char *path);

#endif
