/* SPDX-License-Identifier: MIT
 *
 * A run into a file: a model file, and beside the tensors of the model all that the run
 * needs to go on as if it had never stopped.
 */
#include "base/error.h"
#include "base/memory.h"
#include "optim/update.h"
#include "train/checkpoint.h"

static dpb_status write_run(dpb_npz_writer *writer, const dpb_trainer *trainer) {
  const dpb_shape single = {.rank = 0};
  dpb__run run;
  dpb__run_get(trainer, &run);
  char name[64];
  dpb_status status = DPB_OK;
  for (int i = 0; status == DPB_OK && i < DPB__RUN_WHOLES; i++) {
    dpb__run_name(dpb__run_wholes[i], name);
    status = dpb_npz_write_ints(writer, name, &single, &run.whole[i]);
  }
  for (int i = 0; status == DPB_OK && i < DPB__RUN_REALS; i++) {
    dpb__run_name(dpb__run_reals[i], name);
    status = dpb_npz_write_doubles(writer, name, &single, &run.real[i]);
  }
  return status;
}

static dpb_status write_rows(dpb_npz_writer *writer, const char *name, size_t count,
                             const dpb_epoch *epochs) {
  if (count == 0) return DPB_OK;
  if (count > INT32_MAX)
    return dpb__fail(DPB_ERR_SIZE, "history: %zu rows are too many to save", count);
  const dpb_shape shape = {.rank = 2, .dim = {(int)count, DPB__ROW}};
  void *memory = NULL;
  dpb_status status = dpb__allocate(count, DPB__ROW * sizeof(double), "history", &memory);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < count; i++)
    dpb__row_get(&epochs[i], (double *)memory + i * DPB__ROW);
  status = dpb_npz_write_doubles(writer, name, &shape, memory);
  dpb__release(memory);
  return status;
}

static dpb_status write_optimizer(dpb_npz_writer *writer, const dpb_trainer *trainer) {
  const dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb_status status = DPB_OK;
  for (int i = 0; status == DPB_OK && i < dpb__optimizer_states(optimizer); i++) {
    char prefix[32];
    dpb__state_prefix(i, prefix);
    const dpb__vectors state = {dpb__optimizer_state(optimizer, i), NULL};
    status = dpb__weights_write(writer, trainer->config.model, prefix, state,
                                dpb_npz_write_floats);
  }
  return status;
}

static dpb_status write_best(dpb_npz_writer *writer, const dpb_trainer *trainer) {
  const dpb__best *best = &trainer->best;
  if (!best->params || best->record.epoch == 0) return DPB_OK;
  const dpb__vectors kept = {best->params, best->state};
  const dpb_status status = write_rows(writer, DPB__KEY_BEST, 1, &best->record);
  if (status != DPB_OK) return status;
  return dpb__weights_write(writer, trainer->config.model, DPB__BEST_PREFIX, kept,
                            dpb_npz_write_floats);
}

static dpb_status write_texts(dpb_npz_writer *writer, dpb_trainer *trainer,
                              const char *note) {
  const dpb_shape single = {.rank = 0};
  const int64_t format = DPB__CHECKPOINT_FORMAT;
  char *settings = NULL;
  dpb_status status = dpb_npz_write_ints(writer, DPB__KEY_CHECKPOINT, &single, &format);
  if (status == DPB_OK) status = dpb__settings_make(trainer, &settings);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, DPB__KEY_SETTINGS, settings);
  if (status == DPB_OK && note) status = dpb_npz_write_text(writer, DPB__KEY_NOTE, note);
  dpb__release(settings);
  return status;
}

static dpb_status write_all(dpb_npz_writer *writer, dpb_trainer *trainer,
                            const char *note) {
  const dpb_model *model = trainer->config.model;
  const dpb__vectors own = {model->params, model->state};
  dpb_status status = dpb__head_write(writer, model);
  if (status == DPB_OK) status = write_texts(writer, trainer, note);
  if (status == DPB_OK) status = write_run(writer, trainer);
  if (status == DPB_OK)
    status =
        write_rows(writer, DPB__KEY_HISTORY, trainer->history_count, trainer->history);
  if (status == DPB_OK)
    status = dpb__weights_write(writer, model, "", own, dpb_npz_write_floats);
  if (status == DPB_OK) status = write_optimizer(writer, trainer);
  return status == DPB_OK ? write_best(writer, trainer) : status;
}

dpb_status dpb_trainer_save_checkpoint(dpb_trainer *trainer, const char *path,
                                       const char *note) {
  if (!trainer || !path)
    return dpb__fail(DPB_ERR_ARG, "dpb_trainer_save_checkpoint: %s is NULL",
                     trainer ? "path" : "trainer");
  dpb_npz_writer *writer = NULL;
  dpb_status status = dpb_npz_writer_open(path, 0, &writer);
  if (status == DPB_OK) status = write_all(writer, trainer, note);
  if (status == DPB_OK) return dpb_npz_writer_close(writer);
  dpb_npz_writer_abandon(writer);
  return status == DPB_ERR_ARG ? status : dpb__fail_in(status, "%s: ", path);
}
