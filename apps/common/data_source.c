/* SPDX-License-Identifier: MIT
 *
 * The word "sample" stands for a folder; everything else is one.
 */
#include "data_source.h"

#include <string.h>

#include "report.h"

int data_source_load(const char *data, dpb_split split, dpb_dataset **dataset) {
  char folder[4096];
  *dataset = NULL;
  dpb_status status = DPB_OK;
  if (strcmp(data, "sample") == 0) {
    status = dpb_sample_folder(folder, sizeof folder);
    data = folder;
  }
  if (status == DPB_OK) status = dpb_dataset_load_mnist(data, split, dataset);
  return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
}
