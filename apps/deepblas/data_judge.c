/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a data set, or may be: in words, with the numbers that say so.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "data_facts.h"

enum { FEW = 10, LOPSIDED = 10, MAX_NAMED_CLASSES = 4 };

static void find(data_facts *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void find(data_facts *f, const char *format, ...) {
  if (f->findings == MAX_FINDINGS) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(f->finding[f->findings++], FINDING_SIZE, format, arguments);
  va_end(arguments);
}

/* "class 3 (cat)" */
static const char *class_text(const data_facts *f, int class, char text[80]) {
  const char *name = dpb_dataset_class_name(f->train, class);
  snprintf(text, 80, name ? "class %d (%.50s)" : "class %d", class, name);
  return text;
}

static void judge_classes(data_facts *f) {
  size_t most = 0, least = SIZE_MAX;
  int present = 0, named = 0, lacking = 0;
  char text[80];
  for (int c = 0; c < f->classes; c++) {
    size_t n = f->split[0].of_class[c];
    present += n > 0;
    if (n > most) most = n;
    if (n > 0 && n < least) least = n;
    if (n >= FEW) continue;
    lacking++;
    if (++named > MAX_NAMED_CLASSES) continue;
    if (n == 0) {
      find(f, "%s has no training samples", class_text(f, c, text));
    } else {
      find(f, "%s has only %zu training sample%s", class_text(f, c, text), n,
           n == 1 ? "" : "s");
    }
  }
  if (named > MAX_NAMED_CLASSES) {
    find(f, "%d of %d classes have fewer than %d training samples", lacking, f->classes,
         FEW);
  }
  if (present == 1) find(f, "all training samples are of one class: nothing to learn");
  if (present > 1 && most / least >= LOPSIDED) {
    find(f, "the largest class has %zu times as many training samples as the smallest",
         most / least);
  }
}

static void judge_test_classes(data_facts *f) {
  int missing = 0, example = 0;
  for (int c = 0; c < f->classes; c++) {
    if (f->split[1].of_class[c] > 0 || f->split[0].of_class[c] == 0) continue;
    if (missing++ == 0) example = c;
  }
  char text[80];
  if (missing == 1) find(f, "%s has no test samples", class_text(f, example, text));
  if (missing > 1) find(f, "%d classes have no test samples", missing);
}

static void judge_samples(data_facts *f) {
  static const char *const names[] = {"training", "test"};
  for (int part = 0; part < 2; part++) {
    const split_facts *s = &f->split[part];
    if (s->zero > 0) find(f, "%zu %s samples are all zeros", s->zero, names[part]);
    if (s->duplicates > 0) {
      find(f, "%zu %s samples are equal to an earlier one", s->duplicates, names[part]);
    }
    if (s->contradictions > 0) {
      find(f, "%zu of these equal %s samples have another label than the earlier one",
           s->contradictions, names[part]);
    }
  }
  if (f->in_both > 0) {
    find(f, "%zu test samples are in the training data too: results on them say little",
         f->in_both);
  }
}

/* Vectors: each feature should count about as much as the others. */
static void judge_features(data_facts *f) {
  const split_facts *s = &f->split[0];
  double most = 0.0, least = (double)INFINITY;
  for (int c = 0; c < f->sample.c; c++) {
    double deviation = s->channels[c].deviation;
    if (deviation > 0.0) {
      most = fmax(most, deviation);
      least = fmin(least, deviation);
    }
  }
  if (s->constant > 0) {
    find(f, "%zu of %zu features are the same in all training samples", s->constant,
         s->numbers);
  }
  if (most > 20.0 * least) {
    find(f, "features differ in scale, deviations are %.3g to %.3g: scale=channels helps",
         least, most);
  }
}

static void judge_values(data_facts *f) {
  const channel_facts *all = &f->split[0].all;
  dpb_hwc s = f->sample;
  if (all->min == all->max) {
    find(f, "all training values are %g", all->min);
  } else if (fabs(all->mean) > 10.0 || all->deviation > 10.0) {
    find(f, "values are large (mean %.4g, deviation %.4g): scale=%s helps", all->mean,
         all->deviation, s.h * s.w == 1 ? "channels" : "global");
  }
  if ((s.h == 1 || s.h == 3) && s.w == s.c && s.w > 4) {
    find(f, "samples of %dx%dx%d look like channels first: order=nchw turns them", s.h,
         s.w, s.c);
  }
}

void data_facts_judge(data_facts *f) {
  judge_classes(f);
  judge_test_classes(f);
  judge_samples(f);
  if (f->sample.h * f->sample.w == 1) judge_features(f);
  judge_values(f);
}
