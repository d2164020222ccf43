/* SPDX-License-Identifier: MIT
 *
 * Precision, recall and confusions, as tables and as JSON.
 */
#ifndef APP_METRICS_REPORT_H
#define APP_METRICS_REPORT_H

#include <deepblas/metrics.h>

#include "json.h"

/* A row for each class that was seen, and the averages. The dataset names the classes. */
void metrics_print(const dpb_confusion *confusion, const dpb_dataset *data);

/* The matrix of up to ten classes; of more, the commonest confusions. */
void confusion_print(const dpb_confusion *confusion, const dpb_dataset *data);

/* The same as members of the present object. */
void metrics_json(json *j, const dpb_confusion *confusion, const dpb_dataset *data);
void confusion_json(json *j, const dpb_confusion *confusion);

#endif
