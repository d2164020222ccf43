/* SPDX-License-Identifier: MIT
 *
 * What decides how a run goes, as text: a run that goes on from a checkpoint must have
 * the same settings, or it would not come to the same end.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/checksum.h"
#include "optim/update.h"
#include "train/checkpoint.h"

/* Where text goes: capacity 0 only counts. */
typedef struct sink {
  char *text;
  size_t capacity;
  size_t length;
} sink;

static void put(sink *s, const char *key, const char *value) {
  const size_t room = s->capacity > s->length ? s->capacity - s->length : 0;
  const int n = snprintf(room ? s->text + s->length : NULL, room, "%s %s\n", key, value);
  s->length += (size_t)n;
}

static void put_whole(sink *s, const char *key, uint64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%llu", (unsigned long long)value);
  put(s, key, text);
}

static void put_real(sink *s, const char *key, float value) {
  char text[32];
  dpb__print_float(value, text);
  put(s, key, text);
}

static void put_optimizer(sink *s, const dpb_optimizer *optimizer) {
  const size_t room = s->capacity > s->length ? s->capacity - s->length : 0;
  s->length += dpb__optimizer_text(optimizer, room ? s->text + s->length : NULL, room);
}

/* "5000 samples of 28x28x1, 10 classes, checksum 1a2b3c4d" */
static void put_data(sink *s, const char *key, const dpb_dataset *d, uint32_t checksum) {
  char text[160] = "none";
  const dpb_hwc in = dpb_dataset_sample_shape(d);
  if (d)
    snprintf(text, sizeof text, "%zu samples of %dx%dx%d, %d classes, checksum %08lx",
             dpb_dataset_count(d), in.h, in.w, in.c, dpb_dataset_classes(d),
             (unsigned long)checksum);
  put(s, key, text);
}

static void put_all(sink *s, const dpb_trainer *trainer) {
  static const char *const samplings[] = {"shuffle", "in-order", "replace"};
  const dpb_trainer_config *c = &trainer->config;
  put_whole(s, "model_seed", c->model->config.seed);
  put_real(s, "weight_decay", c->model->config.weight_decay);
  put_optimizer(s, c->optimizer);
  put_real(s, "lr", trainer->lr);
  put(s, "schedule", c->schedule ? c->schedule : "none");
  put_whole(s, "batch", (uint64_t)c->batch);
  put(s, "sampling", samplings[c->sampling]);
  put_whole(s, "seed", c->seed);
  put_whole(s, "train_samples", c->train_samples);
  put_real(s, "clip_norm", c->clip_norm);
  put_whole(s, "accumulate", (uint64_t)c->accumulate);
  put(s, "augment", c->augment ? c->augment : "none");
  put_whole(s, "overfit_batch", c->overfit_batch != 0);
  put_whole(s, "evaluate_every", c->evaluate_every);
  put_whole(s, "patience", c->patience);
  put_real(s, "min_delta", c->min_delta);
  put(s, "monitor", c->monitor == DPB_MONITOR_LOSS ? "loss" : "accuracy");
  put_data(s, "train", c->train, trainer->checksums[0]);
  put_data(s, "validation", c->validation, trainer->checksums[1]);
  put_data(s, "test", c->test, trainer->checksums[2]);
}

dpb_status dpb__settings_make(dpb_trainer *trainer, char **text) {
  *text = NULL;
  const dpb_trainer_config *c = &trainer->config;
  if (!trainer->checked) {
    const dpb_dataset *const sets[] = {c->train, c->validation, c->test};
    for (int i = 0; i < 3; i++) trainer->checksums[i] = dpb__dataset_checksum(sets[i]);
    trainer->checked = true;
  }
  sink s = {NULL, 0, 0};
  put_all(&s, trainer);
  void *memory = NULL;
  const dpb_status status = dpb__allocate(s.length + 1, 1, "settings", &memory);
  if (status != DPB_OK) return status;
  s = (sink){memory, s.length + 1, 0};
  put_all(&s, trainer);
  *text = memory;
  return DPB_OK;
}

/* The value of a key in lines "key value": its length too; NULL where it is not there. */
static const char *find(const char *text, const char *key, size_t key_length,
                        size_t *length) {
  for (const char *line = text; *line != '\0';) {
    const size_t all = strcspn(line, "\n");
    if (all > key_length && strncmp(line, key, key_length) == 0 &&
        line[key_length] == ' ') {
      *length = all - key_length - 1;
      return line + key_length + 1;
    }
    line += all + (line[all] == '\n');
  }
  return NULL;
}

dpb_status dpb__settings_compare(const char *path, const char *file, const char *own) {
  enum { SHOWN = 80 };
  for (const char *line = own; *line != '\0'; line += strcspn(line, "\n") + 1) {
    const int key = (int)strcspn(line, " ");
    const char *mine = line + key + 1;
    const size_t length = strcspn(mine, "\n");
    size_t other = 0;
    const char *theirs = find(file, line, (size_t)key, &other);
    /* a key that an older library did not write had no meaning in its runs */
    if (!theirs || (other == length && strncmp(theirs, mine, length) == 0)) continue;
    return dpb__fail(DPB_ERR_ARG, "%s: %.*s of its run is '%.*s', of this one '%.*s'",
                     path, key, line, other < SHOWN ? (int)other : SHOWN, theirs,
                     length < SHOWN ? (int)length : SHOWN, mine);
  }
  return DPB_OK;
}
