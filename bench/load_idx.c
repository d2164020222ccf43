/* SPDX-License-Identifier: MIT
 *
 * Loading MNIST from .gz into a dataset, labels and checks included, against what zlib
 * needs to inflate the images alone, from memory to memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include <deepblas/deepblas.h>

#include "bench.h"

#define GZIP_WINDOW (15 + 16) /* the largest window, and a gzip header */
#define GROWTH      1100      /* deflate packs at most 1032 to 1 */

#define FOLDER_SIZE 4000

typedef struct files {
  char images[FOLDER_SIZE + 40];
  char labels[FOLDER_SIZE + 40];
  unsigned char *packed; /* the image file's bytes, read beforehand */
  size_t packed_size;
  unsigned char *room;
  size_t room_size;
} files;

static void load(void *user) {
  const files *f = user;
  dpb_dataset *dataset;
  if (dpb_dataset_load_idx(f->images, f->labels, &dataset) != DPB_OK)
    bench_quit(3, "%s", dpb_error_message());
  dpb_dataset_destroy(dataset);
}

/* Inflates to f->room; returns how many bytes that made. */
static size_t inflate_images(const files *f) {
  z_stream z;
  memset(&z, 0, sizeof z);
  z.next_in = f->packed;
  z.avail_in = (uInt)f->packed_size;
  z.next_out = f->room;
  z.avail_out = (uInt)f->room_size;
  if (inflateInit2(&z, GZIP_WINDOW) != Z_OK || inflate(&z, Z_FINISH) != Z_STREAM_END)
    bench_quit(3, "%s does not inflate to %zu bytes", f->images, f->room_size);
  inflateEnd(&z);
  return z.total_out;
}

static void inflate_only(void *user) {
  inflate_images(user);
}

static unsigned char *slurp(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0)
    bench_quit(3, "cannot read %s (scripts/get-data mnist brings it)", path);
  const long end = ftell(file);
  *size = end > 0 ? (size_t)end : 0;
  rewind(file);
  unsigned char *bytes = malloc(*size + 1);
  if (!bytes || fread(bytes, 1, *size, file) != *size)
    bench_quit(3, "cannot read %s", path);
  fclose(file);
  return bytes;
}

static void open_files(files *f, const char *folder) {
  snprintf(f->images, sizeof f->images, "%.*s/train-images-idx3-ubyte.gz",
           FOLDER_SIZE - 1, folder);
  snprintf(f->labels, sizeof f->labels, "%.*s/train-labels-idx1-ubyte.gz",
           FOLDER_SIZE - 1, folder);
  f->packed = slurp(f->images, &f->packed_size);
  f->room_size = f->packed_size * GROWTH;
  if (f->room_size > (size_t)1 << 30) f->room_size = (size_t)1 << 30;
  f->room = malloc(f->room_size + 1);
  if (!f->room) bench_quit(3, "no memory for %zu bytes", f->room_size);
  const size_t size = inflate_images(f);
  bench_fact("images_gz", "images", "%s", f->images);
  bench_fact("bytes", "bytes", "%zu", size);
  bench_fact("zlib", "zlib", "%s", zlibVersion());
}

int main(int argc, char **argv) {
  const bench_about about = {
      .name = "load_idx",
      .summary =
          "Time of loading MNIST's training images and labels from .gz into a dataset,\n"
          "against zlib's inflate of the images alone. FOLDER holds the .gz files\n"
          "(default: the sample of 5,000 images).",
      .operands = "[FOLDER]",
      .threads = 1,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  if (argc > 2) bench_quit(2, "one folder is taken, not %d", argc - 1);
  char sample[FOLDER_SIZE];
  if (argc == 1 && dpb_sample_folder(sample, sizeof sample) != DPB_OK)
    bench_fail("sample");
  files f = {.packed = NULL};
  open_files(&f, argc == 2 ? argv[1] : sample);

  static const bench_column columns[] = {{"what", "", 10, BENCH_TEXT},
                                         {"ms", "ms", 9, 3},
                                         {"p90_ms", "p90 ms", 9, 3},
                                         {"ratio", "ratio", 7, 3}};
  bench_columns(columns, sizeof columns / sizeof *columns);
  const bench_times zlib = bench_run(inflate_only, &f, options.min_time);
  const bench_times ours = bench_run(load, &f, options.min_time);
  bench_row((bench_value[]){{.text = "inflate"},
                            {.number = zlib.median * 1e3},
                            {.number = zlib.p90 * 1e3},
                            {.number = 1.0}});
  bench_row((bench_value[]){{.text = "load"},
                            {.number = ours.median * 1e3},
                            {.number = ours.p90 * 1e3},
                            {.number = ours.median / zlib.median}});
  bench_finish();
  free(f.packed);
  free(f.room);
  return 0;
}
