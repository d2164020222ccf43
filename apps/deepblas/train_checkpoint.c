/* SPDX-License-Identifier: MIT
 *
 * The library writes a temporary file and renames it: whatever happens, there is the old
 * checkpoint or the new one.
 */
#include "train_checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out_folder.h"
#include "progress.h"
#include "report.h"

void checkpoint_write(train_job *job) {
  if (job->options.out == NULL) return;
  char *path = folder_join(job->options.out, CHECKPOINT_NAME);
  const dpb_status status = dpb_trainer_save_checkpoint(job->trainer, path, job->lines);
  if (status == DPB_OK) {
    free(job->checkpoint_path);
    job->checkpoint_path = path;
    job->checkpoint_failure = DPB_OK;
    return;
  }
  if (status != job->checkpoint_failure) {
    progress_clear(&job->bar);
    note("no checkpoint: %s; training goes on", dpb_error_message());
  }
  job->checkpoint_failure = status;
  free(path);
}

void checkpoint_when_due(train_job *job, const dpb_progress *now) {
  const int every = job->options.checkpoint_every;
  dpb_trainer_place place;
  if (every == 0 || dpb_trainer_where(job->trainer, &place) != DPB_OK) return;
  const int at_step = now->event == DPB_EVENT_STEP && place.steps % (size_t)every == 0;
  if (at_step || now->event == DPB_EVENT_EPOCH) checkpoint_write(job);
}

int checkpoint_options(const char *folder, char **path, char **lines) {
  size_t length = 0;
  *path = folder_join(folder, CHECKPOINT_NAME);
  *lines = NULL;
  dpb_status status = dpb_checkpoint_note(*path, NULL, 0, &length);
  if (status == DPB_ERR_NOT_FOUND) return EXIT_OK;
  if (status == DPB_OK) {
    *lines = need_memory(length + 1);
    status = dpb_checkpoint_note(*path, *lines, length + 1, NULL);
  }
  return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
}

int checkpoint_resume(train_job *job) {
  if (job->resume_path == NULL) return EXIT_OK;
  const dpb_status status = dpb_trainer_load_checkpoint(job->trainer, job->resume_path);
  if (status != DPB_OK) return fail_library(exit_code_of(status));
  dpb_trainer_place place;
  if (dpb_trainer_where(job->trainer, &place) != DPB_OK) return fail_library(EXIT_DATA);
  job->resumed_steps = place.steps;
  job->learned = place.steps > 0;
  return EXIT_OK;
}

void checkpoint_tidy(const train_job *job) {
  if (job->options.out == NULL || job->options.checkpoint_every > 0) return;
  char *path = folder_join(job->options.out, CHECKPOINT_NAME);
  (void)unlink(path);
  free(path);
}
