/* SPDX-License-Identifier: MIT
 *
 * A run out of a file. All of it is read and checked first; only then is anything of the
 * trainer, its model or its optimiser changed, and that cannot fail.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "optim/update.h"
#include "train/checkpoint.h"

enum { LONGEST_SETTINGS = 1 << 20 };

/* What was read. */
typedef struct snapshot {
  dpb__run run;
  dpb_epoch *rows;
  size_t row_count;
  dpb_epoch best_record; /* epoch 0: there is none */
  dpb__vectors model;
  dpb__vectors best;
  dpb__vectors states[DPB__MOST_STATES]; /* parameters alone */
} snapshot;

static void release(snapshot *s) {
  dpb__release(s->rows);
  dpb__vectors_release(&s->model);
  dpb__vectors_release(&s->best);
  for (int i = 0; i < DPB__MOST_STATES; i++) dpb__vectors_release(&s->states[i]);
}

static dpb_status check_format(dpb_npz *npz, const char *path) {
  int64_t format = 0;
  const dpb_status status = dpb_npz_read_ints(npz, DPB__KEY_CHECKPOINT, &format, 1);
  if (status == DPB_ERR_NOT_FOUND)
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: is no checkpoint: there is no " DPB__KEY_CHECKPOINT, path);
  if (status != DPB_OK) return status;
  if (format >= 1 && format <= DPB__CHECKPOINT_FORMAT) return DPB_OK;
  return dpb__fail(format < 1 ? DPB_ERR_FORMAT : DPB_ERR_UNSUPPORTED,
                   "%s: " DPB__KEY_CHECKPOINT " is %lld, this library reads 1 to %d",
                   path, (long long)format, DPB__CHECKPOINT_FORMAT);
}

static dpb_status check_settings(dpb_npz *npz, const char *path, dpb_trainer *trainer) {
  size_t length = 0;
  dpb_status status = dpb_npz_read_text(npz, DPB__KEY_SETTINGS, NULL, 0, &length);
  if (status != DPB_OK) return status;
  if (length > LONGEST_SETTINGS)
    return dpb__fail(DPB_ERR_SIZE,
                     "%s: " DPB__KEY_SETTINGS " has %zu bytes, at most %d are read", path,
                     length, LONGEST_SETTINGS);
  void *text = NULL;
  char *own = NULL;
  status = dpb__allocate(length + 1, 1, "settings", &text);
  if (status == DPB_OK)
    status = dpb_npz_read_text(npz, DPB__KEY_SETTINGS, text, length + 1, NULL);
  if (status == DPB_OK) status = dpb__settings_make(trainer, &own);
  if (status == DPB_OK) status = dpb__settings_compare(path, text, own);
  dpb__release(own);
  dpb__release(text);
  return status;
}

/* -- reading */

static dpb_status read_run(dpb_npz *npz, dpb__run *run) {
  char name[64];
  dpb_status status = DPB_OK;
  for (int i = 0; status == DPB_OK && i < DPB__RUN_WHOLES; i++) {
    dpb__run_name(dpb__run_wholes[i], name);
    status = dpb_npz_read_ints(npz, name, &run->whole[i], 1);
  }
  for (int i = 0; status == DPB_OK && i < DPB__RUN_REALS; i++) {
    dpb__run_name(dpb__run_reals[i], name);
    status = dpb_npz_read_doubles(npz, name, &run->real[i], 1);
  }
  return status;
}

static dpb_status take_rows(const char *path, const char *key, size_t count,
                            const double *numbers, dpb_epoch *rows) {
  for (size_t i = 0; i < count; i++)
    if (!dpb__row_put(numbers + i * DPB__ROW, &rows[i]))
      return dpb__fail(DPB_ERR_DATA, "%s: row %zu of %s is none of a history", path, i,
                       key);
  return DPB_OK;
}

/* *rows is for dpb__release; NULL where the file has none. */
static dpb_status read_rows(dpb_npz *npz, const char *path, const char *key,
                            dpb_epoch **rows, size_t *count) {
  dpb_shape shape;
  *count = 0;
  dpb_status status = dpb_npz_shape(npz, key, &shape);
  if (status == DPB_ERR_NOT_FOUND) return DPB_OK;
  if (status != DPB_OK) return status;
  if (shape.rank != 2 || shape.dim[0] < 1 || shape.dim[1] != DPB__ROW) {
    char text[64];
    dpb_shape_text(&shape, text, sizeof text);
    return dpb__fail(DPB_ERR_SHAPE, "%s: %s is %s, not (rows, %d)", path, key, text,
                     DPB__ROW);
  }
  const size_t n = (size_t)shape.dim[0];
  void *memory = NULL, *numbers = NULL;
  status = dpb__allocate(n, sizeof **rows, "history", &memory);
  *rows = memory;
  if (status == DPB_OK)
    status = dpb__allocate(n, DPB__ROW * sizeof(double), "history", &numbers);
  if (status == DPB_OK) status = dpb_npz_read_doubles(npz, key, numbers, n * DPB__ROW);
  if (status == DPB_OK) status = take_rows(path, key, n, numbers, *rows);
  dpb__release(numbers);
  *count = n;
  return status;
}

static bool is_number(const dpb__param *param, float value) {
  (void)param;
  return isfinite(value);
}

static bool is_square(const dpb__param *param, float value) {
  (void)param;
  return isfinite(value) && value >= 0.0f;
}

static dpb_status read_optimizer(dpb_npz *npz, const char *path,
                                 const dpb_trainer *trainer, snapshot *s) {
  const dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb_status status = DPB_OK;
  for (int i = 0; status == DPB_OK && i < dpb__optimizer_states(optimizer); i++) {
    char prefix[32];
    dpb__state_prefix(i, prefix);
    status = dpb__vectors_allocate(trainer->config.model, &s->states[i]);
    if (status != DPB_OK) return status;
    const dpb__vectors wanted = {s->states[i].params, NULL};
    status =
        dpb__weights_read(npz, path, trainer->config.model, prefix, wanted,
                          dpb__optimizer_no_sign(optimizer, i) ? is_square : is_number);
  }
  return status;
}

static dpb_status read_best(dpb_npz *npz, const char *path, const dpb_trainer *trainer,
                            snapshot *s) {
  if (!trainer->best.params) return DPB_OK;
  dpb_epoch *record = NULL;
  size_t count = 0;
  dpb_status status = read_rows(npz, path, DPB__KEY_BEST, &record, &count);
  if (status == DPB_OK && count > 0) {
    s->best_record = record[0];
    status = dpb__vectors_allocate(trainer->config.model, &s->best);
    if (status == DPB_OK)
      status = dpb__weights_read(npz, path, trainer->config.model, DPB__BEST_PREFIX,
                                 s->best, dpb__param_takes);
  }
  dpb__release(record);
  return status;
}

static dpb_status read_all(dpb_npz *npz, const char *path, dpb_trainer *trainer,
                           snapshot *s) {
  const dpb_model *model = trainer->config.model;
  dpb_status status = check_format(npz, path);
  if (status == DPB_OK) status = dpb__head_same(npz, path, model);
  if (status == DPB_OK) status = check_settings(npz, path, trainer);
  if (status == DPB_OK) status = dpb__weights_fit(model, npz, path);
  if (status == DPB_OK) status = read_run(npz, &s->run);
  if (status == DPB_OK) status = dpb__run_check(trainer, path, &s->run);
  if (status == DPB_OK)
    status = read_rows(npz, path, DPB__KEY_HISTORY, &s->rows, &s->row_count);
  if (status == DPB_OK) status = dpb__vectors_allocate(model, &s->model);
  if (status == DPB_OK)
    status = dpb__weights_read(npz, path, model, "", s->model, dpb__param_takes);
  if (status == DPB_OK) status = read_optimizer(npz, path, trainer, s);
  return status == DPB_OK ? read_best(npz, path, trainer, s) : status;
}

/* -- putting it in place */

static void copy(size_t count, const float *from, float *to) {
  if (from && to && count > 0) memcpy(to, from, count * sizeof *to);
}

static void put(dpb_trainer *trainer, snapshot *s) {
  dpb_model *model = trainer->config.model;
  const dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb__vectors_put(model, &s->model);
  for (int i = 0; i < dpb__optimizer_states(optimizer); i++)
    copy(model->flat_count, s->states[i].params, dpb__optimizer_state(optimizer, i));
  trainer->best.record = s->best_record;
  copy(model->flat_count, s->best.params, trainer->best.params);
  copy(model->state_count, s->best.state, trainer->best.state);
  dpb__release(trainer->history);
  trainer->history = s->rows;
  trainer->history_count = trainer->history_capacity = s->row_count;
  s->rows = NULL;
  dpb__run_put(trainer, &s->run);
}

dpb_status dpb_trainer_load_checkpoint(dpb_trainer *trainer, const char *path) {
  if (!trainer || !path)
    return dpb__fail(DPB_ERR_ARG, "dpb_trainer_load_checkpoint: %s is NULL",
                     trainer ? "path" : "trainer");
  dpb_npz *npz = NULL;
  snapshot s;
  memset(&s, 0, sizeof s);
  dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) status = read_all(npz, path, trainer, &s);
  if (status == DPB_OK) put(trainer, &s);
  release(&s);
  dpb_npz_close(npz);
  return status;
}

dpb_status dpb_checkpoint_note(const char *path, char *text, size_t capacity,
                               size_t *length) {
  if (length) *length = 0;
  if (capacity > 0 && text) text[0] = '\0';
  if (!path || (!text && capacity > 0))
    return dpb__fail(DPB_ERR_ARG, "dpb_checkpoint_note: %s is NULL",
                     path ? "text" : "path");
  dpb_npz *npz = NULL;
  dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) status = check_format(npz, path);
  if (status == DPB_OK) {
    status = dpb_npz_read_text(npz, DPB__KEY_NOTE, text, capacity, length);
    if (status == DPB_ERR_NOT_FOUND) status = DPB_OK;
  }
  dpb_npz_close(npz);
  return status;
}
