/* SPDX-License-Identifier: MIT
 *
 * What every program of the book has around its experiment: the options that most of them
 * share, the data, the folder for what is written. A program reads
 *
 *     int main(int argc, char *argv[]) {
 *       experiment e = {.name = "ch05_two_layer",
 *                       .data = "sample", .seed = 1,  // these options are offered, with
 *                       .epochs = 5, .batch = 100,    // these defaults,
 *                       .full = {.epochs = 17}};      // or those of --full
 *       const option_spec own[] = {...};              // the experiment's own
 *       int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
 *       if (code != -1) return code;                  // --help, or refused
 *       code = experiment_load(&e, DPB_TRAIN);        // e.train
 *       if (code == EXIT_OK) code = experiment_load(&e, DPB_TEST);
 *       if (code == EXIT_OK) code = learn(&e);
 *       return experiment_end(&e, code);
 *     }
 *
 * and learner.h has the network that learns.
 */
#ifndef APP_EXPERIMENT_H
#define APP_EXPERIMENT_H

#include <deepblas/dataset.h>

#include "figure.h"
#include "options.h"

/* What --full sets, where no option of the command line does. 0: as without it. */
typedef struct experiment_full {
  int epochs, iterations, batch, samples;
} experiment_full;

/* Set name and the defaults of the options that there are: those left 0 or NULL are not
 * offered, but --out, which always is. */
typedef struct experiment {
  const char *name;     /* of the program */
  const char *data;     /* --data, and --full with it */
  uint64_t seed;        /* --seed: of weights and mini-batches */
  int epochs;           /* --epochs */
  int iterations;       /* --iterations: mini-batches learned */
  int batch;            /* --batch */
  int samples;          /* --samples: the first so many of the training data */
  double lr;            /* --lr */
  experiment_full full; /* what is left 0 stays the default */

  const char *out; /* --out: the folder, or NULL */
  int is_full;     /* --full was given */
  dpb_dataset *train, *validation, *test;
} experiment;

/* First thing in main: chooses kernels, names the program in messages, reads the options.
 * own may be NULL with count 0; --help shows it first. --full without data of the
 * reader's own is refused: the sample is not all of MNIST. Returns -1 to go on, or what
 * main returns. */
int experiment_begin(experiment *e, const option_page *page, const option_spec *own,
                     int count, int argc, char *argv[]);

/* Loads e->train, of it the first --samples, or e->test. A mini-batch larger than the
 * training data becomes as large as that. Refuses when --out cannot be written to.
 * Returns an exit code, the reason printed. */
int experiment_load(experiment *e, dpb_split split);

/* Moves a share of e->train to e->validation, drawn with --seed. */
int experiment_split(experiment *e, double share);

/* Shows a figure of a run that went well (code is EXIT_OK): in --out's folder as
 * name.png, .svg and .gp, or as text on stdout. Frees it in any case. Returns code, or
 * that of the failure to write. */
int experiment_show(const experiment *e, figure *f, const char *name, int code);

/* Last thing in main: frees the datasets (also those that the program put there) and
 * returns what main returns. */
int experiment_end(experiment *e, int code);

#endif
