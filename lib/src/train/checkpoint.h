/* SPDX-License-Identifier: MIT
 *
 * A run as numbers: what a checkpoint holds beside the model file that it also is. Names
 * and meanings stand in docs/file-format.md.
 */
#ifndef DPB_TRAIN_CHECKPOINT_H
#define DPB_TRAIN_CHECKPOINT_H

#include <deepblas/npz.h>

#include "model/weights.h"
#include "train/trainer.h"

#define DPB__KEY_CHECKPOINT DPB__OWN_NAME "checkpoint"
#define DPB__KEY_SETTINGS   DPB__OWN_NAME "settings"
#define DPB__KEY_NOTE       DPB__OWN_NAME "note"
#define DPB__KEY_HISTORY    DPB__OWN_NAME "history"
#define DPB__KEY_BEST       DPB__OWN_NAME "best"
#define DPB__RUN_PREFIX     DPB__OWN_NAME "run_"
#define DPB__BEST_PREFIX    DPB__OWN_NAME "best_"

enum { DPB__CHECKPOINT_FORMAT = 1 };

/* The whole numbers and the others, each an array of one. */
enum {
  DPB__RUN_EPOCHS = 0,
  DPB__RUN_STEPS,
  DPB__RUN_GOAL,
  DPB__RUN_LENGTH,
  DPB__RUN_STEP,
  DPB__RUN_SAMPLES,
  DPB__RUN_DUE,
  DPB__RUN_STOPPED,
  DPB__RUN_WAITED,
  DPB__RUN_PLATEAU_WAITED,
  DPB__RUN_MODEL_STEPS,
  DPB__RUN_OPTIMIZER_STEPS,
  DPB__RUN_WHOLES
};
enum {
  DPB__RUN_LOSS_SUM = 0,
  DPB__RUN_LOSS,
  DPB__RUN_SECONDS,
  DPB__RUN_LR,
  DPB__RUN_PLATEAU_BEST,
  DPB__RUN_PLATEAU_FACTOR,
  DPB__RUN_REALS
};
extern const char *const dpb__run_wholes[DPB__RUN_WHOLES];
extern const char *const dpb__run_reals[DPB__RUN_REALS];

typedef struct dpb__run {
  int64_t whole[DPB__RUN_WHOLES];
  double real[DPB__RUN_REALS];
} dpb__run;

/* The name of one of them in a file. */
void dpb__run_name(const char *key, char name[64]);

/* The numbers of a run, out of the trainer and into it. Those that are put have been
 * checked. */
void dpb__run_get(const dpb_trainer *trainer, dpb__run *run);
void dpb__run_put(dpb_trainer *trainer, const dpb__run *run);

/* DPB_ERR_DATA names what cannot be so in a run of this trainer. */
dpb_status dpb__run_check(const dpb_trainer *trainer, const char *path,
                          const dpb__run *run);

/* A row of the history as numbers. */
enum { DPB__ROW = 11 };
void dpb__row_get(const dpb_epoch *epoch, double row[DPB__ROW]);

/* False for a row that no run writes. */
bool dpb__row_put(const double row[DPB__ROW], dpb_epoch *epoch);

/* All that decides how a run goes, but the number of its epochs and of threads: lines
 * "key value". *text is for dpb__release. The first call reads all data, for its
 * checksums. */
dpb_status dpb__settings_make(dpb_trainer *trainer, char **text);

/* Compares the settings of a file with the trainer's: DPB_ERR_ARG names the first that
 * differs, with both values. */
dpb_status dpb__settings_compare(const char *path, const char *file, const char *own);

/* A name of the optimiser's state: prefix "deepblas_optimizer0_". */
void dpb__state_prefix(int index, char prefix[32]);

#endif
