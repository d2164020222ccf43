/* SPDX-License-Identifier: MIT
 *
 * Figures of a search for settings.
 */
#ifndef APP_PLOT_SEARCH_H
#define APP_PLOT_SEARCH_H

/* Draws what the trials.tsv of folder holds: as pictures into the folder out, or, with
 * term, as text on stdout. Returns an exit code, a failure's reason printed. */
int plot_search(const char *folder, const char *out, int term);

#endif
