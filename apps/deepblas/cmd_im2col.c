/* SPDX-License-Identifier: MIT
 *
 * deepblas im2col: a small convolution, taken apart (section 7.4).
 */
#include <deepblas/tensor.h>

#include "command.h"
#include "im2col_example.h"
#include "im2col_report.h"
#include "options.h"
#include "report.h"

static const option_page page = {
    .summary = "Show how a convolution becomes one matrix product.",
    .after =
        "Prints a small image, the column matrix that im2col makes of it, with the "
        "pixel\n"
        "that each entry came from, and the product of that matrix with the filters,\n"
        "beside the same convolution by plain loops. Without options, the numbers are\n"
        "those of the book's figure 7-3. --json prints an object; in it, a source of -1\n"
        "is the pad.\n"
        "\n"
        "Exit status:\n"
        "  0  both ways agree\n"
        "  1  they do not\n"
        "  2  options that do not fit, or sizes that nobody could follow\n"
        "\n"
        "Examples:\n"
        "  deepblas im2col\n"
        "  deepblas im2col --pad 1\n"
        "  deepblas im2col --input 3x4x2 --kernel 2 --filters 3\n"
        "  deepblas im2col --input 5x5x1 --kernel 2x3 --stride 2x1\n"};

enum { MOST = 100, MOST_FILTERS = 8 };

typedef struct im2col_options {
  dpb_hwc input;
  int kernel[2]; /* h, w */
  int stride[2];
  int pad[2];
  int dilation[2];
  int filters;
  int json;
} im2col_options;

static int parse(im2col_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {OPTION_INPUT, "input", 'i', "HxWxC", "the image (default: 4x4x1)", &o->input, NULL,
       0, 0},
      {OPTION_PAIR, "kernel", 'k', "N|HxW", "size of the window (default: 3)", o->kernel,
       NULL, 1, MOST},
      {OPTION_PAIR, "stride", 's', "N|HxW",
       "pixels from one place to the next (default: 1)", o->stride, NULL, 1, MOST},
      {OPTION_PAIR, "pad", 'p', "N|HxW", "zeros around the image (default: 0)", o->pad,
       NULL, 0, MOST},
      {OPTION_PAIR, "dilation", 'd', "N|HxW",
       "pixels from one kernel row to the next\n(default: 1)", o->dilation, NULL, 1,
       MOST},
      {OPTION_INT, "filters", 'f', "N", "filters, up to 8 (default: 1)", &o->filters,
       NULL, 1, MOST_FILTERS},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object, and no other text", &o->json,
       NULL, 0, 0},
  };
  return options_parse(list, OPTION_COUNT(list), &page, argc, argv);
}

int run_im2col(int argc, char *argv[]) {
  im2col_options o = {.input = {4, 4, 1},
                      .kernel = {3, 3},
                      .stride = {1, 1},
                      .dilation = {1, 1},
                      .filters = 1};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  im2col_example example = {.in = o.input,
                            .window = {.kernel_h = o.kernel[0],
                                       .kernel_w = o.kernel[1],
                                       .stride_h = o.stride[0],
                                       .stride_w = o.stride[1],
                                       .pad_h = o.pad[0],
                                       .pad_w = o.pad[1],
                                       .dilation_h = o.dilation[0],
                                       .dilation_w = o.dilation[1]},
                            .filters = o.filters};
  int code = im2col_example_make(&example);
  if (code == EXIT_OK) {
    (o.json ? im2col_report_json : im2col_report_print)(&example);
    if (im2col_example_difference(&example) > 0) {
      code = fail(EXIT_CHECK, "the product and the plain loops differ by %g",
                  im2col_example_difference(&example));
    }
  }
  im2col_example_free(&example);
  return code;
}
