/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define NO_PROGRAM                                                                       \
  127 /* exit code of a child that could not be turned into the program */

/* In the child: stdin and stdout become the pipes, then the program. */
static _Noreturn void become(char *const argv[], int in, int out) {
  if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
    close(in);
    close(out);
    execvp(argv[0], argv);
  }
  _exit(NO_PROGRAM);
}

static bool spawn(peer *p, char *const argv[]) {
  int to[2], from[2];
  if (pipe(to) != 0) return false;
  if (pipe(from) != 0) {
    close(to[0]);
    close(to[1]);
    return false;
  }
  /* ours: another peer must not hold them open */
  fcntl(to[1], F_SETFD, FD_CLOEXEC);
  fcntl(from[0], F_SETFD, FD_CLOEXEC);
  fflush(NULL);
  p->pid = fork();
  if (p->pid == 0) become(argv, to[0], from[1]);
  close(to[0]);
  close(from[1]);
  p->ask = fdopen(to[1], "w");
  p->answer = fdopen(from[0], "r");
  return p->pid > 0 && p->ask && p->answer;
}

bool peer_start(peer *p, char *const argv[], char *why, size_t why_size) {
  *p = (peer){0};
  char line[512] = "";
  if (!spawn(p, argv)) {
    snprintf(why, why_size, "%s could not be started: %s", argv[0], strerror(errno));
  } else if (!fgets(line, sizeof line, p->answer)) {
    snprintf(why, why_size, "%s does not start", argv[0]);
  } else if (sscanf(line, "ready %63s %lf %lf %255[^\n]", p->name, &p->before, &p->after,
                    p->runs_on) >= 3) {
    return true;
  } else {
    line[strcspn(line, "\n")] = '\0';
    const char *said = strncmp(line, "missing ", 8) == 0 ? line + 8 : line;
    snprintf(why, why_size, "%s", said);
  }
  peer_stop(p);
  return false;
}

double peer_measure(peer *p, double seconds) {
  char line[64];
  if (fprintf(p->ask, "%.6f\n", seconds) < 0 || fflush(p->ask) != 0 ||
      !fgets(line, sizeof line, p->answer))
    bench_quit(1, "%s no longer answers", p->name);
  const double median = strtod(line, NULL);
  if (!(median > 0.0)) bench_quit(1, "%s answered '%s'", p->name, line);
  return median;
}

void peer_stop(peer *p) {
  if (p->ask) fclose(p->ask);
  if (p->answer) fclose(p->answer);
  if (p->pid > 0) waitpid(p->pid, NULL, 0);
  *p = (peer){0};
}
