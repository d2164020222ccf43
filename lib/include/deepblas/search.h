/* SPDX-License-Identifier: MIT
 *
 * The search for good settings (section 6.5.2 of the book), by ask and tell: the search
 * says which values to try, the caller tries them and says how well that went. It knows
 * nothing of networks: anything that has settings and a score can be searched.
 *
 *     dpb_space_parse("lr log 1e-6..1e-2, hidden int 32..256", &space);
 *     dpb_search_create(&(dpb_search_config){.space = space,
 *                                            .method = DPB_SEARCH_BAYES,
 *                                            .goal = DPB_MAXIMIZE,
 *                                            .trials = 30,
 *                                            .path = "trials.tsv"}, &search);
 *     while (!dpb_search_done(search)) {
 *       dpb_trial trial;
 *       dpb_search_ask(search, &trial);
 *       dpb_search_tell(search, trial.id, accuracy_with(trial.values));
 *     }
 *     dpb_search_best(search, &trial);
 *
 * Random: each trial drawn on its own (Bergstra and Bengio 2012).
 *
 * Bayes: a Gaussian process with the Matern 5/2 kernel, a length scale per dimension and
 * noise, all fitted to the trials so far by their likelihood, says what to expect where;
 * the next trial is where the improvement over the best so far is expected to be largest.
 *
 * Halving, Hyperband (Li and others 2018): many trials begin with a small budget, and the
 * best of them, one in eta, go on with eta times as much, until the largest budget.
 * Halving repeats the bracket that begins with the smallest budget; Hyperband goes on to
 * brackets that begin with larger and larger ones, for settings that show late what they
 * are worth.
 *
 * The same seed gives the same search: a proposal depends on the seed, its number, and
 * what has been told, never on time, threads, or where a search was interrupted.
 *
 * A dpb_search is for one thread at a time.
 */
#ifndef DEEPBLAS_SEARCH_H
#define DEEPBLAS_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- the space */

typedef enum dpb_dimension_kind {
  DPB_UNIFORM = 0, /* "dropout 0..0.5" */
  DPB_LOG,         /* "lr log 1e-6..1e-2": uniform in its logarithm */
  DPB_INT,         /* "hidden int 32..256": both ends included */
  DPB_LOG_INT,     /* "batch log int 16..512" */
  DPB_CHOICE       /* "act choice relu|tanh" */
} dpb_dimension_kind;

typedef struct dpb_dimension {
  const char *name; /* letters, digits, and _ - . behind the first letter; up to 63 */
  dpb_dimension_kind kind;
  double low; /* low < high, finite and not subnormal; above 0 for the logarithms; whole
                 for integers */
  double high;
  const char *const *choices; /* 2 to 1000, different, of printable characters but comma
                                 and bar, no blanks around */
  int choice_count;
} dpb_dimension;

/* Opaque: a list of at most 32 dimensions. */
typedef struct dpb_space dpb_space;

DPB_API dpb_status dpb_space_create(dpb_space **space);
DPB_API void dpb_space_destroy(dpb_space *space);

/* Copies a dimension. DPB_ERR_ARG names what is wrong with it: ends that are swapped or
 * equal, a logarithm of 0, a name that is there already, a choice without words; the
 * space is as it was then. */
DPB_API dpb_status dpb_space_add(dpb_space *space, const dpb_dimension *dimension);

/* From text: dimensions as above, with commas between them. DPB_ERR_SPEC for what is not
 * understood, and the errors of dpb_space_add. */
DPB_API dpb_status dpb_space_parse(const char *text, dpb_space **space);

/* The text that dpb_space_parse reads back. Writes at most capacity bytes, always
 * terminated; *length (may be NULL) is that of the whole text without its 0.
 * DPB_ERR_ARG for no room at all. */
DPB_API dpb_status dpb_space_text(const dpb_space *space, char *text, size_t capacity,
                                  size_t *length);

DPB_API int dpb_space_count(const dpb_space *space);

/* Borrows from the space. DPB_ERR_ARG for an index that there is not. */
DPB_API dpb_status dpb_space_dimension(const dpb_space *space, int index,
                                       dpb_dimension *dimension);

/* The index of a name, or -1. */
DPB_API int dpb_space_find(const dpb_space *space, const char *name);

/* A value as text, "0.00316", "64" or "relu", in the shortest form that reads back as the
 * same number. A choice's value is the index of its word. As dpb_space_text; DPB_ERR_ARG
 * also for a value that is none of the dimension's. */
DPB_API dpb_status dpb_space_value_text(const dpb_space *space, int index, double value,
                                        char *text, size_t capacity, size_t *length);

/* -- the search */

typedef enum dpb_search_method {
  DPB_SEARCH_RANDOM = 0,
  DPB_SEARCH_BAYES,
  DPB_SEARCH_HALVING,
  DPB_SEARCH_HYPERBAND
} dpb_search_method;

typedef enum dpb_goal { DPB_MINIMIZE = 0, DPB_MAXIMIZE } dpb_goal;

/* A zero field means what stands in brackets. */
typedef struct dpb_search_config {
  const dpb_space *space; /* copied; not empty */
  dpb_search_method method;
  dpb_goal goal;
  uint64_t seed;
  int trials;     /* settings to try in all; Halving and Hyperband give the better ones of
                     them further trials with larger budgets. [no end] */
  int min_budget; /* Halving, Hyperband: the smallest budget of a trial [1] */
  int max_budget; /* the largest, which the other methods give to all trials [1] */
  int eta;        /* Halving, Hyperband: one in eta goes on [3] */
  int initial;    /* Bayes: trials spread evenly before the model is asked [4, and one
                     per dimension] */
  const char *path; /* file of finished trials [none] */
  int resume;       /* go on with that file if it is there; else it must not be there */
  const char *note; /* one line for the file: what is searched [none] */
} dpb_search_config;

/* Opaque; owns the trials. */
typedef struct dpb_search dpb_search;

/* Errors: DPB_ERR_ARG names a field that is out of range; DPB_ERR_STATE: the file is
 * there and resume is 0, or another search is using it, or it belongs to a search with
 * another space, method, goal, seed, budget or note (the difference is named);
 * DPB_ERR_FORMAT (a damaged line, by number), DPB_ERR_IO, DPB_ERR_NOT_FOUND,
 * DPB_ERR_MEMORY.
 *
 * The file is text: two lines of head, then a line per finished trial in the order of
 * telling, columns divided by tabs: id, budget, score ("nan": failed), and the value of
 * each dimension. A line is on the disk before dpb_search_tell returns. A last line that
 * was cut short, by a process that was killed or a disk that was full, is dropped. */
DPB_API dpb_status dpb_search_create(const dpb_search_config *config,
                                     dpb_search **search);
DPB_API void dpb_search_destroy(dpb_search *search);

typedef struct dpb_trial {
  int id;               /* 0, 1, ... */
  int settings;         /* trials with the same number have the same values */
  int budget;           /* what to spend in all, say epochs */
  int resume;           /* what an earlier trial of these settings has spent already: one
                           may go on from its state; 0: there was none */
  const double *values; /* one per dimension; valid until the search is destroyed */
  int told;             /* 1: finished */
  double score;         /* NaN: failed, or not told yet */
} dpb_trial;

/* The next trial. Further ones may be asked for before the first is told, for trials that
 * run side by side. DPB_ERR_STATE when there is none: all are handed out, or what follows
 * depends on those not told yet. */
DPB_API dpb_status dpb_search_ask(dpb_search *search, dpb_trial *trial);

/* The score of a trial. One that is NaN or infinite says that the trial has failed: it
 * counts as finished, and as worse than all others. DPB_ERR_ARG for an id that was not
 * asked, DPB_ERR_STATE for one that is told already. After DPB_ERR_IO, DPB_ERR_NOT_FOUND
 * or DPB_ERR_MEMORY nothing is told, and telling may be tried again. */
DPB_API dpb_status dpb_search_tell(dpb_search *search, int id, double score);

/* 1 when every trial is told. Without .trials never. For NULL 1, so that a loop ends. */
DPB_API int dpb_search_done(const dpb_search *search);

/* Finished trials so far; and how many there will be, 0 for no end. */
DPB_API int dpb_search_told(const dpb_search *search);
DPB_API int dpb_search_total(const dpb_search *search);

/* A trial that was asked for, by its id. DPB_ERR_NOT_FOUND. */
DPB_API dpb_status dpb_search_trial(const dpb_search *search, int id, dpb_trial *trial);

/* The trial with the best score, of equals the first. DPB_ERR_NOT_FOUND when none has
 * succeeded yet. */
DPB_API dpb_status dpb_search_best(const dpb_search *search, dpb_trial *trial);

/* The ids of the finished trials, best first, failed ones last; at most capacity of them
 * are written. *count is how many there are. */
DPB_API dpb_status dpb_search_rank(const dpb_search *search, int *ids, int capacity,
                                   int *count);

/* "random", "bayes", "halving", "hyperband"; NULL for no method. */
DPB_API const char *dpb_search_method_name(dpb_search_method method);

#ifdef __cplusplus
}
#endif

#endif
