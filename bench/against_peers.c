/* SPDX-License-Identifier: MIT
 *
 * A training step (mini-batch of 100, Adam) of one of the book's networks: ours, oneDNN's
 * primitives' and PyTorch's, in one run, pinned to the same CPUs, in rounds: ours,
 * oneDNN, PyTorch, ours, ... A shared machine drifts, so the ratio is formed within each
 * round, and the medians over the rounds are what counts. Peers that are not installed
 * are left out, and it says so.
 *
 * With --predict, the same of a prediction, against onnxruntime, which gets the weights
 * of ours: both must find the same.
 */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

#include "bench.h"
#include "peer.h"

#define BATCH   100
#define BATCHES 10
#define DIGITS  ((size_t)BATCH * BATCHES)
#define PIXELS  (28 * 28)
#define PROOF_STEPS                                                                      \
  50 /* before anything is measured, to show that the network learns                     \
      */
#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)
#define MOST_ROUNDS  1000
#define CONTESTANTS  4 /* we are number 0 */

typedef struct ours {
  dpb_model *model;
  dpb_optimizer *optimizer;
  bench_digits digits;
  size_t done;
  int images; /* of a prediction; 0: training steps are measured */
  float *outputs;
} ours;

typedef struct contestant {
  peer peer; /* of ours, only the name and the losses */
  double times[MOST_ROUNDS];
  double ratios[MOST_ROUNDS]; /* its time over ours, in the same round */
} contestant;

static contestant contestants[CONTESTANTS];
static int present = 1;

static double step_with_loss(ours *o) {
  const size_t first = o->done++ % BATCHES * BATCH;
  const dpb_batch batch = {.n = BATCH,
                           .features = o->digits.images + first * PIXELS,
                           .labels = o->digits.labels + first};
  double loss;
  if (dpb_train_step(o->model, o->optimizer, &batch, &loss) != DPB_OK) bench_fail("step");
  return loss;
}

static void step(void *user) {
  step_with_loss(user);
}

static void predict(ours *o, size_t first, int images) {
  const dpb_batch batch = {.n = images, .features = o->digits.images + first * PIXELS};
  if (dpb_model_predict(o->model, &batch, o->outputs) != DPB_OK) bench_fail("prediction");
}

static void predict_next(void *user) {
  ours *o = user;
  predict(o, o->done++ % BATCHES * (size_t)o->images, o->images);
}

/* Mean loss and percentage of hits over all digits: what the peer must find too. */
static void judge(ours *o, peer *self) {
  const dpb_hwc out = dpb_model_output(o->model);
  const size_t classes = (size_t)out.h * (size_t)out.w * (size_t)out.c;
  double loss = 0.0, right = 0.0;
  o->outputs = malloc(BATCH * classes * sizeof *o->outputs);
  if (!o->outputs) bench_quit(3, "no memory");
  for (size_t i = 0; i < DIGITS; i++) {
    if (i % BATCH == 0) predict(o, i, BATCH);
    const float *p = o->outputs + i % BATCH * classes;
    const size_t label = (size_t)o->digits.labels[i];
    size_t most = 0;
    for (size_t c = 1; c < classes; c++)
      if (p[c] > p[most]) most = c;
    loss -= log(fmax((double)p[label], 1e-30));
    right += most == label;
  }
  self->before = loss / (double)DIGITS;
  self->after = 100.0 * right / (double)DIGITS;
}

/* Builds ours, and shows that it learns. */
static void prepare(ours *o, const char *net, int threads) {
  o->model = bench_model(net, BATCH, threads);
  size_t count;
  if (dpb_model_flat(o->model, NULL, NULL, &count) != DPB_OK ||
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM, .lr = 0.001f}, count,
                           &o->optimizer) != DPB_OK)
    bench_fail(net);

  peer *self = &contestants[0].peer;
  snprintf(self->name, sizeof self->name, "deepblas-%s", dpb_version());
  for (int i = 0; i < PROOF_STEPS; i++) {
    self->after = step_with_loss(o);
    if (i == 0) self->before = self->after;
  }
  if (o->images > 0) judge(o, self);
}

/* The digits for the peers, as plain floats and then 32-bit labels, in a temporary file,
 * whose name is put into path. */
static void write_digits(const bench_digits *digits, char *path, size_t path_size) {
  const char *folder = getenv("TMPDIR");
  snprintf(path, path_size, "%s/deepblas-digits-XXXXXX", folder ? folder : "/tmp");
  const int descriptor = mkstemp(path);
  FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
  bool written = file &&
                 fwrite(digits->images, sizeof(float) * PIXELS, DIGITS, file) == DIGITS &&
                 fwrite(digits->labels, sizeof(int32_t), DIGITS, file) == DIGITS;
  if (file && fclose(file) != 0) written = false;
  if (!written) bench_quit(3, "cannot write %s", path);
}

/* On the last CPUs of those we may use: the first ones serve most interrupts. Peers are
 * started later and inherit it. */
static void pin(int threads) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  char text[256] = "";
  int left = threads;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) left = 0;
  for (size_t cpu = CPU_SETSIZE; cpu-- > 0 && left > 0;) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &chosen);
    left--;
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%zu", used ? " " : "", cpu);
  }
  if (text[0] == '\0' || left > 0 || sched_setaffinity(0, sizeof chosen, &chosen) != 0)
    bench_quit(1, "this process may not use %d CPUs of its own", threads);
  bench_fact("cpus", "on CPU", "%s", text);
}

/* Takes the peer in; otherwise returns false, and *why says what is missing. */
static bool admit(char *const argv[], const char *suffix, char *why, size_t why_size) {
  peer *p = &contestants[present].peer;
  if (!peer_start(p, argv, why, why_size)) return false;
  const size_t used = strlen(p->name);
  snprintf(p->name + used, sizeof p->name - used, "%s", suffix);
  if (p->runs_on[0] != '\0') bench_fact(p->name, p->name, "%s", p->runs_on);
  present++;
  return true;
}

/* work: text of the network, threads, file of digits. */
static void invite_onednn(char *const work[3]) {
  char why[256];
#ifdef BENCH_ONEDNN_STEP
  char path[] = BENCH_ONEDNN_STEP;
  if (!admit((char *[]){path, work[0], work[1], work[2], NULL}, "", why, sizeof why))
#else
  (void)work;
  snprintf(why, sizeof why,
           "the build found no oneDNN 2 or 3, or no C++ compiler with OpenMP (Debian 12 "
           "and 13: g++ libdnnl-dev)");
#endif
    bench_fact("without_onednn", "no oneDNN", "%s", why);
}

/* work: text of the network, threads, file of digits. python: the user's choice, or NULL
 * to try two. */
static void invite_torch(const char *python, char *const work[3]) {
  char script[] = BENCH_TORCH_STEP, channels_last[] = "channels_last";
  char chosen[1024], why[256];
  const char *candidates[] = {python ? python : "python3", "/usr/bin/python3"};
  for (int i = 0; i < (python ? 1 : 2); i++) {
    snprintf(chosen, sizeof chosen, "%s", candidates[i]);
    if (!admit((char *[]){chosen, script, work[0], work[1], work[2], NULL}, "", why,
               sizeof why))
      continue;
    if (strstr(work[0], "conv"))
      admit((char *[]){chosen, script, work[0], work[1], work[2], channels_last, NULL},
            " NHWC", why, sizeof why);
    return;
  }
  bench_fact("without_pytorch", "no PyTorch", "%s", why);
}

/* work: text of the network, threads, file of digits. */
static void invite_onnxruntime(const ours *o, const char *python, char *const work[3]) {
  char script[] = BENCH_ONNX_PREDICT, images[16], weights[1100], chosen[1024], why[256];
  snprintf(images, sizeof images, "%d", o->images);
  snprintf(chosen, sizeof chosen, "%s", python ? python : "python3");
  snprintf(weights, sizeof weights, "%s.npz", work[2]);
  if (dpb_model_save(o->model, weights) != DPB_OK) bench_fail(weights);
  if (!admit((char *[]){chosen, script, work[0], work[1], work[2], images, weights, NULL},
             "", why, sizeof why))
    bench_fact("without_onnxruntime", "no onnxruntime", "%s", why);
  unlink(weights);
}

/* The instruction sets of peers that are started later: oneDNN's by its new name and its
 * old one, PyTorch's, and that of the MKL in it. PyTorch's OpenBLAS has its own already.
 */
static void confine_peers(void) {
  setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  setenv("DNNL_MAX_CPU_ISA", "AVX2", 1);
  setenv("ATEN_CPU_CAPABILITY", "avx2", 1);
  setenv("MKL_ENABLE_INSTRUCTIONS", "AVX2", 1);
}

static void run_rounds(ours *o, int rounds, double min_time) {
  void (*work)(void *) = o->images > 0 ? predict_next : step;
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < present; i++) {
      contestant *c = &contestants[i];
      c->times[r] =
          i == 0 ? bench_run(work, o, min_time).median : peer_measure(&c->peer, min_time);
      c->ratios[r] = c->times[r] / contestants[0].times[r];
    }
  }
}

static void print_rows(const char *net, int rounds, bool predicts) {
  const int width = (int)strlen(net) > 18 ? (int)strlen(net) : 18;
  const bench_column columns[] = {{"net", "network", width, BENCH_TEXT},
                                  {"who", "who", 24, BENCH_TEXT},
                                  {"step_ms", predicts ? "ms" : "step ms", 9, 4},
                                  {"low_ms", "least", 9, 4},
                                  {"high_ms", "most", 9, 4},
                                  {"ratio", "to ours", 7, 2},
                                  {"ratio_low", "least", 6, 2},
                                  {"ratio_high", "most", 6, 2},
                                  {"loss_before", "loss", 6, 3},
                                  {predicts ? "right" : "loss_after",
                                   predicts ? "right %" : "after", 7, predicts ? 1 : 3}};
  bench_columns(columns, sizeof columns / sizeof *columns);
  const size_t n = (size_t)rounds;
  for (int i = 0; i < present; i++) {
    contestant *c = &contestants[i];
    const double time = bench_median(c->times, n), ratio = bench_median(c->ratios, n);
    bench_row((bench_value[]){{.text = net},
                              {.text = c->peer.name},
                              {.number = time * 1e3},
                              {.number = c->times[0] * 1e3},
                              {.number = c->times[n - 1] * 1e3},
                              {.number = ratio},
                              {.number = c->ratios[0]},
                              {.number = c->ratios[n - 1]},
                              {.number = c->peer.before},
                              {.number = c->peer.after}});
  }
  bench_note("\nMedian, least and most of %d rounds. \"To ours\": how many times our "
             "time, within\n"
             "a round. %s; each goes through the same %d digits.",
             rounds,
             predicts ? "Mean loss and hits: with the same weights"
                      : "Losses: of the first step and of step " STRING(PROOF_STEPS),
             BATCH * BATCHES);
}

int main(int argc, char **argv) {
  const char *net = "two_layer", *rounds_text = "9", *python = NULL, *images = NULL;
  const bench_option own[] = {
      {"net", "NAME", "a name, or a text form (default: two_layer)", &net},
      {"rounds", "N", "how often each has its turn (default: 9)", &rounds_text},
      {"predict", "N",
       "predictions of N images (1 to 100), against onnxruntime, instead of steps",
       &images},
      {"python", "FILE", "the Python that has PyTorch or onnxruntime", &python}};
  const bench_about about = {
      .name = "against_peers",
      .summary =
          "Time of a training step (mini-batch of 100, Adam) against oneDNN's "
          "primitives\n"
          "and PyTorch, or of a prediction against onnxruntime, in one run, in turns, on "
          "the\n"
          "same CPUs. --filter is not used.",
      .options = own,
      .option_count = sizeof own / sizeof *own,
      .min_time = 0.3,
      .threads = 1};
  const bench_options options = bench_start(&argc, argv, &about);
  const int rounds = (int)bench_number("rounds", rounds_text, 1, MOST_ROUNDS);
  if (options.avx2 && images)
    bench_quit(2, "--predict excludes --isa: nothing confines onnxruntime");
  if (options.avx2) confine_peers();
  signal(SIGPIPE, SIG_IGN); /* a peer that ends early is an error of its own */
  pin(options.threads);
  bench_fact("rounds", "rounds", "%d", rounds);

  char threads[16], text[1024];
  snprintf(threads, sizeof threads, "%d", options.threads);
  const dpb_network *network = dpb_network_find(net);
  if (snprintf(text, sizeof text, "%s", network ? network->text : net) >=
      (int)sizeof text)
    bench_quit(2, "the network's text is longer than %zu bytes", sizeof text);
  setenv("OMP_NUM_THREADS", threads, 1);
  ours o = {.digits = bench_load_digits(DIGITS)};
  if (images) o.images = (int)bench_number("predict", images, 1, BATCH);
  prepare(&o, net, options.threads);
  char file[1024];
  write_digits(&o.digits, file, sizeof file);
  char *const work[] = {text, threads, file};
  if (o.images > 0) {
    invite_onnxruntime(&o, python, work);
  } else {
    invite_onednn(work);
    invite_torch(python, work);
  }
  unlink(file); /* whoever is ready has read it */
  run_rounds(&o, rounds, options.min_time);
  print_rows(net, rounds, o.images > 0);
  bench_finish();
  for (int i = 1; i < present; i++) peer_stop(&contestants[i].peer);
  bench_free_digits(&o.digits);
  free(o.outputs);
  dpb_optimizer_destroy(o.optimizer);
  dpb_model_destroy(o.model);
  return 0;
}
