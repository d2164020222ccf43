/* SPDX-License-Identifier: MIT
 *
 * deepblas info: what runs underneath, and what would make it faster.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/blas.h>
#include <deepblas/data_file.h>
#include <deepblas/version.h>

#include "command.h"
#include "json.h"
#include "options.h"

static const option_page page = {
    .summary =
        "Show versions, OpenBLAS and its faults, CPU, threads, what would be faster.",
    .after = "An OpenBLAS that is older than the CPU does not know it and takes slower\n"
             "kernels. deepblas chooses the best ones when it is loaded, unless\n"
             "OPENBLAS_CORETYPE or DEEPBLAS_KEEP_KERNELS is set.\n"};

enum { MAX_ADVICE = 4, ADVICE_SIZE = 200 };

typedef struct facts {
  dpb_blas_info blas;
  dpb_blas_advice advice;
  int threads;
  long cpus;         /* online */
  char sample[4096]; /* "" where there is none */
  char advised[MAX_ADVICE][ADVICE_SIZE];
  int advices;
} facts;

static const char *threading_name(dpb_blas_threading threading) {
  switch (threading) {
  case DPB_BLAS_SERIAL:
    return "serial";
  case DPB_BLAS_PTHREADS:
    return "pthreads";
  case DPB_BLAS_OPENMP:
    return "OpenMP";
  default:
    return "unknown";
  }
}

static int switched(const dpb_blas_advice *a) {
  return strcmp(a->core, a->first_core) != 0;
}

/* Fills in what would make it faster; nothing, where nothing would. */
static void advise(facts *f) {
  const dpb_blas_advice *a = &f->advice;
  const char *wish = getenv("DEEPBLAS_NUM_THREADS");
  int better = strcmp(a->core, a->best_core) != 0;
  if (better && a->user_choice) {
    snprintf(f->advised[f->advices++], ADVICE_SIZE,
             "OPENBLAS_CORETYPE asks for %s kernels: without it, %s would be used",
             a->core, a->best_core);
  } else if (better) {
    snprintf(f->advised[f->advices++], ADVICE_SIZE,
             "%s kernels are kept: OPENBLAS_CORETYPE=%s asks for better ones", a->core,
             a->best_core);
  }
  if (f->threads < f->cpus && wish && *wish) {
    snprintf(f->advised[f->advices++], ADVICE_SIZE,
             "DEEPBLAS_NUM_THREADS=%.20s limits the threads: the machine has %ld CPUs",
             wish, f->cpus);
  } else if (f->threads < f->cpus) {
    snprintf(f->advised[f->advices++], ADVICE_SIZE,
             "this process is limited to %d of %ld CPUs by its affinity or its cgroup",
             f->threads, f->cpus);
  }
}

static void collect(facts *f) {
  *f = (facts){.threads = dpb_default_threads(), .cpus = sysconf(_SC_NPROCESSORS_ONLN)};
  dpb_blas_get_info(&f->blas);
  dpb_blas_advise(&f->advice);
  if (dpb_sample_folder(f->sample, sizeof f->sample) != DPB_OK) f->sample[0] = '\0';
  advise(f);
}

static void print_text(const facts *f) {
  printf("deepblas    %s\n", dpb_version());
  printf("OpenBLAS    %s\n", f->blas.config);
  printf("threading   %s\n", threading_name(f->blas.threading));
  printf("kernels     %s", f->blas.core);
  if (switched(&f->advice))
    printf(" (OpenBLAS had chosen %s; deepblas switched it)", f->advice.first_core);
  if (f->advice.user_choice) printf(" (OPENBLAS_CORETYPE is set)");
  printf("\n");
  printf("best here   %s\n", f->advice.best_core);
  printf("CPU         %s\n", f->advice.cpu);
  printf("threads     %d of %ld CPUs\n", f->threads, f->cpus);
  printf("libpng      %s\n",
         dpb_png_version() ? dpb_png_version() : "none: PNG images cannot be read");
  printf("sample      %s\n", f->sample[0] ? f->sample : "not found");
  printf("faster      %s\n",
         f->advices ? f->advised[0] : "nothing to advise: the best kernels, all CPUs");
  for (int i = 1; i < f->advices; i++) printf("            %s\n", f->advised[i]);
  if (f->advice.warning) printf("beware      %s\n", f->advice.warning);
}

static void print_json(const facts *f) {
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_text(&j, "version", dpb_version());
  json_text(&j, "openblas", f->blas.config);
  json_text(&j, "threading", threading_name(f->blas.threading));
  json_text(&j, "core", f->blas.core);
  json_text(&j, "core_before", switched(&f->advice) ? f->advice.first_core : NULL);
  json_text(&j, "best_core", f->advice.best_core);
  json_text(&j, "cpu", f->advice.cpu);
  json_bool(&j, "user_choice", f->advice.user_choice);
  json_bool(&j, "improvable", f->advice.improvable);
  json_text(&j, "warning", f->advice.warning);
  json_count(&j, "threads", (uint64_t)f->threads);
  json_count(&j, "cpus", f->cpus > 0 ? (uint64_t)f->cpus : 0);
  json_text(&j, "libpng", dpb_png_version());
  json_text(&j, "sample", f->sample[0] ? f->sample : NULL);
  json_array(&j, "advice");
  for (int i = 0; i < f->advices; i++) json_text(&j, NULL, f->advised[i]);
  json_end_array(&j);
  json_end_object(&j);
}

int run_info(int argc, char *argv[]) {
  int as_json = 0;
  const option_spec list[] = {{OPTION_FLAG, "json", 'j', NULL,
                               "one JSON object, and no other text", &as_json, NULL, 0,
                               0}};
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  facts f;
  collect(&f);
  (as_json ? print_json : print_text)(&f);
  return EXIT_OK;
}
