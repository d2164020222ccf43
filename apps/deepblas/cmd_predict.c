/* SPDX-License-Identifier: MIT
 *
 * deepblas predict: what a trained network takes images for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/images.h>
#include <deepblas/npz.h>
#include <deepblas/scaling.h>

#include "command.h"
#include "json.h"
#include "net_source.h"
#include "options.h"
#include "report.h"

static const option_page page = {
    .summary = "Tell what images show, by a trained network.",
    .operands = "FILE...",
    .after =
        "FILE is a PNG, PGM, PPM or npy file (one image, or many in an array), or '-':\n"
        "standard input. Its size must be what the network takes. For each image there "
        "is\n"
        "a line with its name, and the likeliest classes with their probabilities.\n"
        "\n"
        "A digit drawn in black on white wants --invert: in MNIST, ink is light. To "
        "bring\n"
        "a photo to 28x28 grey pixels, with ImageMagick:\n"
        "  convert photo.jpg -colorspace Gray -resize 28x28! digit.png\n"
        "\n"
        "Exit status:\n"
        "  0  predicted\n"
        "  2  options or sizes that do not fit\n"
        "  3  files that are missing or bad, or writing failed\n"
        "\n"
        "Examples:\n"
        "  deepblas predict --model run1/model.npz digit.png\n"
        "  deepblas predict --model run1/model.npz --top-k 3 --invert *.png\n"
        "  deepblas predict --net three_layer --weights book.npz images.npy --json\n"
        "  cat image.raw | deepblas predict --model run1/model.npz --raw -\n"};

enum { BATCH = 100 };

typedef struct predict_job {
  const char *model_path, *net, *weights;
  int top_k, raw, invert, threads, json;
  dpb_model *model;
  int classes;
  int batch;      /* images at a time */
  float *outputs; /* of a batch */
  int *order;     /* classes, the likeliest first */
  float *turn; /* factors of a sample's numbers, then offsets; NULL: taken as they are */
  json to;
} predict_job;

static int parse(predict_job *job, int argc, char *argv[]) {
  const option_spec list[] = {
      {.help = "Network:"},
      {OPTION_TEXT, "model", 'm', "FILE", "model.npz of 'deepblas train', or",
       &job->model_path, NULL, 0, 0},
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", "layers or a name, together with", &job->net,
       NULL, 0, 0},
      {OPTION_TEXT, "weights", 'w', "FILE", "npz file of bare weights W1, b1, ...",
       &job->weights, NULL, 0, 0},
      {OPTION_INT, "threads", 't', "N", "worker threads (default: the CPUs there are)",
       &job->threads, NULL, 1, 1024},
      {.help = "Images:"},
      {OPTION_FLAG, "raw", 0, NULL,
       "FILE holds bare bytes in the order row, column,\n"
       "channel, one image after another",
       &job->raw, NULL, 0, 0},
      {OPTION_FLAG, "invert", 0, NULL, "light becomes dark: x becomes 1 - x",
       &job->invert, NULL, 0, 0},
      {.help = "Output:"},
      {OPTION_INT, "top-k", 'k', "K", "the K likeliest classes (default: 1)", &job->top_k,
       NULL, 1, 1000000},
      {OPTION_FLAG, "json", 'j', NULL, "a JSON object for each image, a line each",
       &job->json, NULL, 0, 0},
  };
  const int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (!job->model_path == !(job->net && job->weights))
    return fail_usage("give --model, or --net with --weights");
  if (job->model_path && (job->net || job->weights))
    return fail_usage("--model holds its network: --%s cannot be given with it",
                      job->net ? "net" : "weights");
  if (options_operand() == argc)
    return fail_usage("which images? FILE is missing, or '-' for standard input");
  return -1;
}

/* The model's data was scaled: so must be what it is asked about. With --invert, x
 * becomes 1 - x before that. */
static int make_turn(predict_job *job) {
  const dpb_hwc in = dpb_model_input(job->model);
  const size_t each = (size_t)in.h * (size_t)in.w * (size_t)in.c;
  const double *mean, *deviation;
  const int channels = dpb_model_scaling(job->model, &mean, &deviation);
  if (channels == 0 && !job->invert) return EXIT_OK;
  float *factor = need_memory(2 * each * sizeof *factor), *offset = factor + each;
  job->turn = factor;
  for (size_t i = 0; i < each; i++) {
    factor[i] = 1.0f;
    offset[i] = 0.0f;
  }
  dpb_scaling *scaling = NULL;
  dpb_status status = DPB_OK;
  if (channels > 0) {
    status = dpb_scaling_create(channels, mean, deviation, &scaling);
    if (status == DPB_OK) status = dpb_scaling_factors(scaling, in, factor, offset);
  }
  dpb_scaling_destroy(scaling);
  for (size_t i = 0; i < each && job->invert; i++) {
    offset[i] += factor[i];
    factor[i] = -factor[i];
  }
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int load_model(predict_job *job) {
  dpb_model_config config = {.seed = 1, .threads = job->threads, .inference = 1};
  if (job->model_path) { /* as many images at a time as the file may take memory for */
    if (dpb_model_load(job->model_path, &config, &job->model) != DPB_OK)
      return fail_library(EXIT_DATA);
  } else {
    config.max_batch = BATCH;
    config.input = net_source_input(job->net);
    const int code = net_source_build(job->net, &config, &job->model);
    if (code != EXIT_OK) return code;
    const dpb_status status = dpb_model_load_weights(job->model, job->weights);
    if (status != DPB_OK) return fail_library(exit_code_of(status));
  }
  const dpb_hwc out = dpb_model_output(job->model);
  job->classes = out.h * out.w * out.c;
  if (job->top_k > job->classes)
    return fail(EXIT_USAGE, "--top-k is %d, the net has %d classes", job->top_k,
                job->classes);
  job->batch = dpb_model_max_batch(job->model);
  job->outputs = need_memory((size_t)job->batch * (size_t)job->classes * sizeof(float));
  job->order = need_memory((size_t)job->classes * sizeof(int));
  return make_turn(job);
}

/* The first top_k places of order: the likeliest classes, of equals the lower number. */
static void rank(const predict_job *job, const float *outputs) {
  for (int i = 0; i < job->classes; i++) job->order[i] = i;
  for (int i = 0; i < job->top_k; i++) {
    int best = i;
    for (int j = i + 1; j < job->classes; j++) {
      const int a = job->order[j], b = job->order[best];
      const float here = outputs[a], leader = outputs[b];
      if (here > leader || (here == leader && a < b)) best = j;
    }
    const int first = job->order[best];
    memmove(job->order + i + 1, job->order + i, (size_t)(best - i) * sizeof(int));
    job->order[i] = first;
  }
}

/* "shirt" or "7" */
static const char *class_text(const predict_job *job, int class, char text[16]) {
  const char *name = dpb_model_class_name(job->model, class);
  if (name) return name;
  snprintf(text, 16, "%d", class);
  return text;
}

static void tell(predict_job *job, const char *name, size_t index, const float *outputs) {
  char text[16];
  rank(job, outputs);
  if (!job->json) {
    printf("%s", name);
    for (int i = 0; i < job->top_k; i++) {
      printf("  %s %.2f %%", class_text(job, job->order[i], text),
             100.0 * (double)outputs[job->order[i]]);
    }
    printf("\n");
    return;
  }
  json *j = &job->to;
  json_object(j, NULL);
  json_text(j, "file", name);
  json_count(j, "image", index);
  json_array(j, "classes");
  for (int i = 0; i < job->top_k; i++) {
    json_object(j, NULL);
    json_count(j, "class", (uint64_t)job->order[i]);
    json_text(j, "name", dpb_model_class_name(job->model, job->order[i]));
    json_float(j, "output", outputs[job->order[i]]);
    json_end_object(j);
  }
  json_end_array(j);
  json_end_object(j);
}

/* One mini-batch, scaled and inverted where that is wanted. */
static int predict_batch(predict_job *job, const dpb_images *images, size_t first, int n,
                         const char *name) {
  dpb_batch batch;
  const dpb_hwc in = dpb_model_input(job->model);
  dpb_status status = dpb_images_batch(images, first, n, &batch);
  if (job->turn) {
    batch.scales = job->turn;
    batch.offsets = job->turn + (size_t)in.h * (size_t)in.w * (size_t)in.c;
  }
  if (status == DPB_OK) status = dpb_model_predict(job->model, &batch, job->outputs);
  if (status != DPB_OK) return fail_library(exit_code_of(status));
  const size_t count = dpb_images_count(images);
  for (int i = 0; i < n; i++) {
    char line[4200];
    const size_t index = first + (size_t)i;
    if (count > 1 && !job->json)
      snprintf(line, sizeof line, "%s[%zu]", name, index);
    else
      snprintf(line, sizeof line, "%s", name);
    tell(job, line, index, job->outputs + (size_t)i * (size_t)job->classes);
  }
  return EXIT_OK;
}

/* What the library says, but of standard input, and not of the file that it went through.
 */
static int fail_images(dpb_status status, const char *path, const char *name) {
  const char *message = dpb_error_message();
  const size_t length = strlen(path);
  if (path == name || strncmp(message, path, length) != 0)
    return fail_library(exit_code_of(status));
  return fail(exit_code_of(status), "standard input%s", message + length);
}

static int predict_file(predict_job *job, const char *path, const char *name) {
  dpb_images *images = NULL;
  const dpb_status status =
      dpb_images_load(path, job->raw ? DPB_IMAGES_RAW : DPB_IMAGES_BY_CONTENT,
                      dpb_model_input(job->model), &images);
  if (status != DPB_OK) return fail_images(status, path, name);
  int code = EXIT_OK;
  const size_t count = dpb_images_count(images), most = (size_t)job->batch;
  for (size_t first = 0; first < count && code == EXIT_OK; first += most) {
    const size_t left = count - first;
    code = predict_batch(job, images, first, (int)(left < most ? left : most), name);
  }
  dpb_images_destroy(images);
  return code;
}

static int copy_stdin(int to) {
  char bytes[1 << 16];
  size_t n;
  while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0) {
    for (size_t done = 0; done < n;) {
      const ssize_t wrote = write(to, bytes + done, n - done);
      if (wrote < 0 && errno != EINTR) return -1;
      if (wrote > 0) done += (size_t)wrote;
    }
  }
  return ferror(stdin) ? -1 : 0;
}

/* Standard input goes through a file without a name for long: formats are read by place.
 */
static int predict_stdin(predict_job *job) {
  const char *folder = getenv("TMPDIR");
  char path[4096];
  snprintf(path, sizeof path, "%s/deepblas-XXXXXX", folder && *folder ? folder : "/tmp");
  const int file = mkstemp(path);
  if (file < 0)
    return fail(EXIT_DATA, "standard input: no temporary file %s: %s", path,
                strerror(errno));
  int code = EXIT_OK;
  if (copy_stdin(file) != 0)
    code = fail(EXIT_DATA, "standard input: %s", strerror(errno));
  close(file);
  if (code == EXIT_OK) code = predict_file(job, path, "-");
  unlink(path);
  return code;
}

static int predict_all(predict_job *job, int count, char *files[]) {
  int code = EXIT_OK;
  for (int i = 0; i < count && code == EXIT_OK; i++)
    code = strcmp(files[i], "-") == 0 ? predict_stdin(job)
                                      : predict_file(job, files[i], files[i]);
  return code;
}

int run_predict(int argc, char *argv[]) {
  predict_job job = {.top_k = 1, .to = json_to(stdout)};
  const int leave = parse(&job, argc, argv);
  if (leave != -1) return leave;
  int code = load_model(&job);
  const int first = options_operand();
  if (code == EXIT_OK) code = predict_all(&job, argc - first, argv + first);
  free(job.order);
  free(job.turn);
  free(job.outputs);
  dpb_model_destroy(job.model);
  return code;
}
