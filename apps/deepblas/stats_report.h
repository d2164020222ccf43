/* SPDX-License-Identifier: MIT
 *
 * What 'deepblas stats' says.
 */
#ifndef APP_STATS_REPORT_H
#define APP_STATS_REPORT_H

#include <deepblas/statistics.h>

/* EXIT_OK, or EXIT_CHECK with the first layer named that has numbers that are not finite.
 */
int stats_judge(const dpb_model *model, const dpb_statistics *statistics);

void stats_print(const dpb_model *model, const dpb_statistics *statistics);
void stats_print_json(const dpb_model *model, const dpb_statistics *statistics,
                      int samples);

/* Writes the histograms to folder/activations.csv; EXIT_OK, or EXIT_DATA with the reason
 * printed. */
int stats_write(const dpb_model *model, const dpb_statistics *statistics,
                const char *folder);

#endif
