/* SPDX-License-Identifier: MIT
 *
 * The example of 'deepblas im2col', for people and for machines.
 */
#ifndef APP_IM2COL_REPORT_H
#define APP_IM2COL_REPORT_H

#include "im2col_example.h"

void im2col_report_print(const im2col_example *example);
void im2col_report_json(const im2col_example *example);

#endif
