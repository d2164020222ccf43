/* SPDX-License-Identifier: MIT
 *
 * A network that a target has made, asked and trained once. A text of a few bytes can
 * describe hours of work, which the library does when it is told to; such networks are
 * left out.
 */
#ifndef NET_RUN_H
#define NET_RUN_H

#include <deepblas/model.h>

void net_run(dpb_model *model);

#endif
