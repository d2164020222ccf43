/* SPDX-License-Identifier: MIT
 *
 * fork and exec, no shell: names reach gnuplot as they are. Other threads may run, so the
 * child does nothing before exec that could wait for one of them. What gnuplot says goes
 * through a pipe; a second one, which a successful exec closes, tells why there was none.
 */
#include "gnuplot_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

extern char **environ;

/* A pipe whose ends are none of the standard streams, which may be closed, and which exec
 * closes. */
static int open_pipe(int ends[2]) {
  int low[2];
  if (pipe(low) != 0) return -1;
  ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 3);
  ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 3);
  close(low[0]);
  close(low[1]);
  if (ends[0] >= 0 && ends[1] >= 0) return 0;
  if (ends[0] >= 0) close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
  return -1;
}

/* The environment with LC_ALL=C: scripts have decimal points. */
static char **plain_environment(void) {
  static char locale[] = "LC_ALL=C";
  size_t count = 0;
  while (environ != NULL && environ[count] != NULL) count++;
  char **copy = need_memory((count + 2) * sizeof *copy);
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (strncmp(environ[i], "LC_ALL=", 7) != 0) copy[n++] = environ[i];
  }
  copy[n++] = locale;
  copy[n] = NULL;
  return copy;
}

static void become_gnuplot(const char *folder, const char *script, char **environment,
                           int says, int failure) {
  char name[] = "gnuplot";
  char defaults[] = "-d";
  char *arguments[] = {name, defaults, (char *)script, NULL};
  int nothing = open("/dev/null", O_RDWR);
  if (nothing >= 0 && dup2(nothing, 0) == 0 && dup2(nothing, 1) == 1 &&
      dup2(says, 2) == 2 && chdir(folder) == 0) {
    environ = environment;
    execvp(name, arguments);
  }
  int reason = errno;
  while (write(failure, &reason, sizeof reason) < 0 && errno == EINTR) continue;
  _exit(127);
}

/* Reads to the end; keeps the last bytes. Returns how many. */
static size_t read_all(int fd, char *text, size_t size) {
  size_t kept = 0;
  for (;;) {
    char block[512];
    ssize_t count = read(fd, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return kept;
    size_t n = (size_t)count < size ? (size_t)count : size;
    size_t keep = kept < size - n ? kept : size - n;
    memmove(text, text + kept - keep, keep);
    memcpy(text + keep, block + ((size_t)count - n), n);
    kept = keep + n;
  }
}

/* The last line of text that is not empty: gnuplot's reason stands below the command and
 * a mark under the place. */
static char *last_line(char *text) {
  size_t length = strlen(text);
  while (length > 0 && strchr("\n\r \t", text[length - 1])) text[--length] = '\0';
  char *line = strrchr(text, '\n');
  line = line ? line + 1 : text;
  return line + strspn(line, " \t");
}

static gnuplot_end judge(pid_t child, char *said, char *message, size_t size) {
  int status = 0;
  pid_t ended;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  /* Where SIGCHLD is ignored nobody knows how a child ended; its files will tell. */
  if (ended < 0) return GNUPLOT_DONE;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return GNUPLOT_DONE;
  const char *line = last_line(said);
  if (WIFSIGNALED(status)) {
    snprintf(message, size, "gnuplot was ended by signal %d", WTERMSIG(status));
  } else if (*line) {
    snprintf(message, size, "gnuplot: %s", line);
  } else {
    snprintf(message, size, "gnuplot ended with status %d", WEXITSTATUS(status));
  }
  return GNUPLOT_FAILED;
}

static gnuplot_end follow(pid_t child, int says, int failure, char *message,
                          size_t size) {
  char said[2048];
  said[read_all(says, said, sizeof said - 1)] = '\0';
  int reason = 0;
  char bytes[sizeof reason];
  if (read_all(failure, bytes, sizeof bytes) == sizeof bytes) {
    memcpy(&reason, bytes, sizeof reason);
  }
  gnuplot_end end = judge(child, said, message, size);
  if (reason == 0) return end;
  if (reason == ENOENT || reason == ENOTDIR) return GNUPLOT_MISSING;
  snprintf(message, size, "gnuplot cannot be run: %s", strerror(reason));
  return GNUPLOT_FAILED;
}

gnuplot_end gnuplot_run(const char *folder, const char *script, char *message,
                        size_t size) {
  int says[2], failure[2];
  if (open_pipe(says) != 0) {
    snprintf(message, size, "a pipe to gnuplot: %s", strerror(errno));
    return GNUPLOT_FAILED;
  }
  if (open_pipe(failure) != 0) {
    snprintf(message, size, "a pipe to gnuplot: %s", strerror(errno));
    close(says[0]);
    close(says[1]);
    return GNUPLOT_FAILED;
  }
  char **environment = plain_environment();
  pid_t child = fork();
  if (child == 0) become_gnuplot(folder, script, environment, says[1], failure[1]);
  int reason = errno;
  free(environment);
  close(says[1]);
  close(failure[1]);
  gnuplot_end end = GNUPLOT_FAILED;
  if (child > 0) {
    end = follow(child, says[0], failure[0], message, size);
  } else {
    snprintf(message, size, "gnuplot cannot be started: %s", strerror(reason));
  }
  close(says[0]);
  close(failure[0]);
  return end;
}
