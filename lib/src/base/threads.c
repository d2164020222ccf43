/* SPDX-License-Identifier: MIT
 *
 * How many workers are worth starting: in a container with a CPU quota, or under taskset,
 * that is not the number of CPUs of the machine.
 */
#include "base/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/blas.h>

#include "base/number.h"

/* The whole number that a text begins with, up to a space or the end; -1 for others. */
static int64_t leading_number(const char *text) {
  int64_t value = 0;
  size_t length = strcspn(text, " \t\n");
  return dpb__parse_int(text, length, &value) ? value : -1;
}

static int quota_in_cpus(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0) return 0;
  int64_t cpus = (quota - 1) / period + 1;
  return cpus < INT_MAX ? (int)cpus : INT_MAX;
}

int dpb__cgroup2_cpus(const char *cpu_max) {
  const char *space = strchr(cpu_max, ' ');
  if (space == NULL) return 0;
  return quota_in_cpus(leading_number(cpu_max), leading_number(space + 1));
}

int dpb__cgroup1_cpus(const char *quota, const char *period) {
  return quota_in_cpus(leading_number(quota), leading_number(period));
}

/* Does the list, "cpu,cpuacct" up to a colon, hold cpu? */
static bool lists_cpu(const char *list) {
  while (true) {
    size_t length = strcspn(list, ",:");
    if (length == 3 && strncmp(list, "cpu", 3) == 0) return true;
    if (list[length] != ',') return false;
    list += length + 1;
  }
}

bool dpb__cgroup_path(const char *line, bool *v2, char *path, size_t size) {
  const char *controllers = strchr(line, ':');
  if (controllers == NULL) return false;
  const char *colon = strchr(controllers + 1, ':');
  if (colon == NULL) return false;
  *v2 = strncmp(line, "0::", 3) == 0;
  if (!*v2 && !lists_cpu(controllers + 1)) return false;
  size_t length = strcspn(colon + 1, "\n");
  if (length >= size) return false;
  memcpy(path, colon + 1, length);
  path[length] = '\0';
  return true;
}

bool dpb__cgroup_parent(char *path) {
  char *slash = strrchr(path, '/');
  if (slash == NULL || path[1] == '\0') return false;
  *slash = '\0';
  return true;
}

/* The file's beginning as a string; false when it cannot be read. */
static bool read_text(const char *path, char *text, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t length = 0;
  ssize_t got = 1;
  while (got > 0 && length < size - 1) {
    got = read(file, text + length, size - 1 - length);
    if (got < 0 && errno == EINTR)
      got = 1; /* a signal: once more */
    else if (got > 0)
      length += (size_t)got;
  }
  close(file);
  text[length] = '\0';
  return got >= 0 && length > 0;
}

static bool read_group_file(const char *mount, const char *group, const char *name,
                            char *text, size_t size) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s%s/%s", mount, group, name);
  return length > 0 && (size_t)length < sizeof path && read_text(path, text, size);
}

static int group2_cpus(const char *mount, const char *group) {
  char quota[64];
  if (!read_group_file(mount, group, "cpu.max", quota, sizeof quota)) return 0;
  return dpb__cgroup2_cpus(quota);
}

static int group1_cpus(const char *mount, const char *group) {
  char cpu[PATH_MAX], quota[64], period[64];
  int length = snprintf(cpu, sizeof cpu, "%s/cpu", mount);
  if (length < 0 || (size_t)length >= sizeof cpu) return 0;
  if (!read_group_file(cpu, group, "cpu.cfs_quota_us", quota, sizeof quota) ||
      !read_group_file(cpu, group, "cpu.cfs_period_us", period, sizeof period))
    return 0;
  return dpb__cgroup1_cpus(quota, period);
}

/* 0 means that there is no limit. */
static int smaller_limit(int a, int b) {
  if (a == 0 || b == 0) return a + b;
  return a < b ? a : b;
}

/* A group may use no more than any group around it. Inside a container the path may lead
 * through directories that are not there; those say nothing, and the walk goes on. */
int dpb__cgroup_cpus(const char *mount, const char *groups) {
  char group[PATH_MAX];
  int cpus = 0;
  for (const char *line = groups; line != NULL && *line != '\0';) {
    bool v2 = false;
    bool more = dpb__cgroup_path(line, &v2, group, sizeof group);
    while (more) {
      cpus =
          smaller_limit(cpus, v2 ? group2_cpus(mount, group) : group1_cpus(mount, group));
      more = dpb__cgroup_parent(group);
    }
    line = strchr(line, '\n');
    if (line != NULL) line++;
  }
  return cpus;
}

static int cgroup_cpus(void) {
  char groups[4096];
  if (!read_text("/proc/self/cgroup", groups, sizeof groups)) return 0;
  return dpb__cgroup_cpus("/sys/fs/cgroup", groups);
}

/* CPUs in the affinity mask, 0 when the system does not say. A mask of the usual size is
 * too small for machines with more than 1024 CPUs; there, ask for all that are online. */
static int affinity_cpus(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 && online < INT_MAX ? (int)online : 0;
}

static int wished_threads(void) {
  const char *text = getenv("DEEPBLAS_NUM_THREADS");
  int64_t value = 0;
  if (text == NULL || !dpb__parse_int(text, strlen(text), &value)) return 0;
  return value > 0 && value < INT_MAX ? (int)value : 0;
}

int dpb_default_threads(void) {
  int error = errno;
  int threads = smaller_limit(affinity_cpus(), cgroup_cpus());
  threads = smaller_limit(wished_threads(), threads);
  errno = error;
  return threads > 0 ? threads : 1;
}
