/* SPDX-License-Identifier: MIT
 *
 * Script and pictures are made in a folder of their own inside the one that is meant, and
 * move out of it when they are whole.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figure.h"
#include "figure_parts.h"
#include "gnuplot_run.h"
#include "out_folder.h"
#include "report.h"

enum { SCRIPT, PNG, SVG, FILES };
static const char *const endings[FILES] = {".gp", ".png", ".svg"};

/* The paths of a file of the figure: where it is made, and where it goes. */
typedef struct figure_files {
  char *folder;
  char *made[FILES];
  char *meant[FILES];
} figure_files;

static void name_files(figure_files *files, const char *folder, const char *name) {
  char text[128];
  for (int i = 0; i < FILES; i++) {
    snprintf(text, sizeof text, "%.100s%s", name, endings[i]);
    files->made[i] = folder_join(files->folder, text);
    files->meant[i] = folder_join(folder, text);
  }
}

static void drop_files(figure_files *files) {
  for (int i = 0; i < FILES; i++) {
    unlink(files->made[i]);
    free(files->made[i]);
    free(files->meant[i]);
  }
  rmdir(files->folder);
  free(files->folder);
}

static int write_script(const figure *f, const char *name, const figure_files *files) {
  const char *meant = files->meant[SCRIPT];
  FILE *file = fopen(files->made[SCRIPT], "w");
  if (file == NULL) return fail(EXIT_DATA, "%s: %s", meant, strerror(errno));
  figure_write_script(f, name, file);
  errno = 0;
  int failed = ferror(file);
  if (fclose(file) != 0) failed = 1;
  if (!failed) return EXIT_OK;
  return fail(EXIT_DATA, "%s: %s", meant, errno ? strerror(errno) : "writing failed");
}

/* gnuplot does not say when the disk is full: a picture that is whole has its end. */
static int is_whole(const char *path, const char *end) {
  char tail[32] = "";
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  size_t count = 0;
  if (fseek(file, -16, SEEK_END) == 0) count = fread(tail, 1, 16, file);
  fclose(file);
  size_t length = strlen(end);
  for (size_t i = 0; i + length <= count; i++) {
    if (memcmp(tail + i, end, length) == 0) return 1;
  }
  return 0;
}

static int move_file(const figure_files *files, int i) {
  if (rename(files->made[i], files->meant[i]) == 0) return EXIT_OK;
  return fail(EXIT_DATA, "%s: %s", files->meant[i], strerror(errno));
}

/* Without pictures the older ones go, which show other numbers. */
static int keep_script_alone(const figure_files *files) {
  int code = move_file(files, SCRIPT);
  if (code == EXIT_OK) {
    unlink(files->meant[PNG]);
    unlink(files->meant[SVG]);
  }
  return code;
}

static int draw(const figure_files *files, const char *name, int *drawn) {
  static int told;
  char script[128];
  char reason[512] = "";
  snprintf(script, sizeof script, "%.100s.gp", name);
  gnuplot_end end = gnuplot_run(files->folder, script, reason, sizeof reason);
  if (end == GNUPLOT_MISSING) {
    if (!told++) {
      note("no picture: gnuplot is not installed (package gnuplot-nox); later, "
           "'gnuplot %s' draws it",
           script);
    }
    return keep_script_alone(files);
  }
  if (end == GNUPLOT_DONE &&
      (!is_whole(files->made[PNG], "IEND") || !is_whole(files->made[SVG], "</svg>"))) {
    snprintf(reason, sizeof reason, "gnuplot could not write the whole picture");
    end = GNUPLOT_FAILED;
  }
  if (end == GNUPLOT_FAILED) {
    keep_script_alone(files);
    return fail(EXIT_DATA, "%s: %s", files->meant[PNG], reason);
  }
  int code = move_file(files, SCRIPT);
  if (code == EXIT_OK) code = move_file(files, PNG);
  if (code == EXIT_OK) code = move_file(files, SVG);
  *drawn = code == EXIT_OK;
  return code;
}

int figure_save(const figure *f, const char *folder, const char *name, int *drawn) {
  int none = 0;
  if (drawn == NULL) drawn = &none;
  *drawn = 0;
  if (folder_make(folder) != 0) {
    return fail(EXIT_DATA, "%s: %s", folder, strerror(errno));
  }
  figure_files files = {.folder = folder_join(folder, ".figure-XXXXXX")};
  if (mkdtemp(files.folder) == NULL) {
    free(files.folder);
    return fail(EXIT_DATA, "%s: pictures cannot be written there: %s", folder,
                strerror(errno));
  }
  name_files(&files, folder, name);
  int code = write_script(f, name, &files);
  if (code == EXIT_OK) code = draw(&files, name, drawn);
  drop_files(&files);
  return code;
}

int figure_show(figure *f, const char *folder, const char *name) {
  if (folder == NULL) {
    figure_draw_text(f, stdout);
    figure_free(f);
    return EXIT_OK;
  }
  int drawn = 0;
  int code = figure_save(f, folder, name, &drawn);
  figure_free(f);
  char *path = folder_join(folder, name);
  if (drawn) {
    printf("picture    %s.png, %s.svg; script %s.gp\n", path, name, name);
  } else if (code == EXIT_OK) {
    printf("script     %s.gp\n", path);
  }
  free(path);
  return code;
}
