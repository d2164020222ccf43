/* SPDX-License-Identifier: MIT
 *
 * deepblas plot: draws training runs again from their folders, finished or not, and
 * searches.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "options.h"
#include "out_folder.h"
#include "plot_search.h"
#include "report.h"
#include "train_plot.h"

static const option_page page = {
    .summary = "Draw loss and accuracy of training runs from their history.csv.",
    .operands = "DIR...",
    .after =
        "DIR is what --out was for 'deepblas train' or 'deepblas search'; a run that is\n"
        "still going on is drawn as far as it is. Several runs are drawn on one chart,\n"
        "training, validation and test each in a panel. Of a search: its course, what\n"
        "values came to, and the curves of the best trials. Each figure NAME is "
        "NAME.png,\n"
        "NAME.svg and NAME.gp, the script that draws them and holds their numbers.\n"
        "\n"
        "Exit status:\n"
        "  0  drawn; where gnuplot is not installed, only NAME.gp is written\n"
        "  2  options that do not fit\n"
        "  3  a folder without history.csv, or writing failed\n"
        "\n"
        "Examples:\n"
        "  deepblas plot run1\n"
        "  deepblas plot --term run1\n"
        "  deepblas plot run1 run2 run3 --out compared\n"};

typedef struct plot_options {
  const char *out;
  int term;
} plot_options;

/* The end of a path, without slashes behind it, in new memory. */
static char *base_name(const char *path) {
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/') end--;
  size_t begin = end;
  while (begin > 0 && path[begin - 1] != '/') begin--;
  char *name = need_memory(end - begin + 1);
  memcpy(name, path + begin, end - begin);
  name[end - begin] = '\0';
  return name;
}

/* Runs are called by the ends of their paths, or by the whole paths where two are alike.
 */
static void name_runs(run_history runs[], char *const folders[], int count) {
  int alike = 0;
  for (int i = 0; i < count; i++) {
    runs[i].name = base_name(folders[i]);
    for (int j = 0; j < i; j++) alike |= strcmp(runs[i].name, runs[j].name) == 0;
  }
  for (int i = 0; i < count && alike; i++) {
    free(runs[i].name);
    runs[i].name = need_memory(strlen(folders[i]) + 1);
    strcpy(runs[i].name, folders[i]);
  }
}

static int read_run(const char *folder, run_history *run) {
  char *path = folder_join(folder, "history.csv");
  int code = run_history_read(path, run);
  free(path);
  if (code == EXIT_OK && run->count == 0) {
    code = fail(EXIT_DATA, "%s: no epoch is finished yet", folder);
  }
  return code;
}

static int plot_runs(const plot_options *o, char *const folders[], int count) {
  run_history *runs = need_memory((size_t)count * sizeof *runs);
  for (int i = 0; i < count; i++) runs[i] = (run_history){0};
  int code = EXIT_OK;
  name_runs(runs, folders, count);
  for (int i = 0; i < count && code == EXIT_OK; i++) {
    code = read_run(folders[i], &runs[i]);
  }
  const char *out = o->out ? o->out : folders[0];
  if (code == EXIT_OK) code = train_plot_runs(runs, count, o->term ? NULL : out, 0);
  for (int i = 0; i < count; i++) run_history_free(&runs[i]);
  free(runs);
  return code;
}

static int is_there(const char *folder, const char *name) {
  char *path = folder_join(folder, name);
  int found = access(path, F_OK) == 0;
  free(path);
  return found;
}

static int is_search(const char *folder) {
  return is_there(folder, "trials.tsv") && !is_there(folder, "history.csv");
}

static int plot(const plot_options *o, char *const folders[], int count) {
  if (count == 0) return fail_usage("the folder of a training run is missing");
  if (o->term && o->out) return fail_usage("--term writes nothing to --out");
  for (int i = 0; i < count; i++) {
    if (*folders[i] == '\0') return fail_usage("the name of a folder is empty");
    if (!is_search(folders[i])) continue;
    if (count > 1) {
      return fail_usage("%s is a search: it is drawn alone", folders[i]);
    }
    return plot_search(folders[i], o->out ? o->out : folders[i], o->term);
  }
  if (count > 1 && !o->out && !o->term) {
    return fail_usage("several runs need --out DIR, or --term");
  }
  return plot_runs(o, folders, count);
}

int run_plot(int argc, char *argv[]) {
  plot_options o = {0};
  const option_spec list[] = {
      {OPTION_TEXT, "out", 0, "DIR",
       "folder for the figures, made if need be (default:\n"
       "the run's own)",
       &o.out, NULL, 0, 0},
      {OPTION_FLAG, "term", 0, NULL, "draw as text on the terminal; nothing is written",
       &o.term, NULL, 0, 0},
  };
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  return plot(&o, argv + options_operand(), argc - options_operand());
}
