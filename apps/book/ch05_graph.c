/* SPDX-License-Identifier: MIT
 *
 * Sections 5.1 to 5.4: the price of apples and oranges as a graph of products and sums
 * (figures 5-2 and 5-3), forward from left to right, and backward, by the chain rule,
 * what one more of each number adds to the price (figures 5-5, 5-14 and 5-17). Beside it
 * stands what the price really does when that number grows a little: the same. Each of
 * those takes the graph forward twice, whereas going backward once gave all of them.
 */
#include <stdio.h>
#include <string.h>

#include <deepblas/node.h>

#include "csv.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "The price of apples and oranges, forward and backward through a graph.",
    .after =
        "Over a line stands the value that goes forward, below it the derivative of\n"
        "the price by that value, which goes backward.\n"
        "--out writes graph.csv (graph, node, value, derivative).\n"
        "\n"
        "Example:\n"
        "  ch05_graph --tax 1.08 --oranges 5\n"};

enum {
  APPLE,
  APPLES,
  ORANGE,
  ORANGES,
  TAX,
  INPUTS,
  APPLE_SUM = INPUTS,
  ORANGE_SUM,
  SUM,
  PRICE,
  NODES
};
static const char *const names[NODES] = {"apple",        "apples", "orange",
                                         "oranges",      "tax",    "apple price",
                                         "orange price", "sum",    "price"};

typedef struct shop {
  dpb_graph *graph;
  dpb_node node[NODES]; /* -1: not in this graph */
} shop;

static double value(const shop *s, int node) {
  return dpb_graph_value(s->graph, s->node[node]);
}

static double derivative(const shop *s, int node) {
  return dpb_graph_gradient(s->graph, s->node[node]);
}

/* price = (apple * apples [+ orange * oranges]) * tax, the book's buy_apple and
 * buy_apple_orange, and back from it. */
static dpb_status buy(shop *s, const double inputs[INPUTS], int oranges) {
  const dpb_status status = dpb_graph_create(&s->graph);
  if (status != DPB_OK) return status;
  dpb_graph *g = s->graph;
  for (int i = 0; i < NODES; i++) s->node[i] = -1;
  for (int i = 0; i < INPUTS; i++)
    if (oranges || (i != ORANGE && i != ORANGES))
      s->node[i] = dpb_graph_input(g, inputs[i]);
  dpb_node sum = s->node[APPLE_SUM] = dpb_graph_mul(g, s->node[APPLE], s->node[APPLES]);
  if (oranges) {
    s->node[ORANGE_SUM] = dpb_graph_mul(g, s->node[ORANGE], s->node[ORANGES]);
    sum = s->node[SUM] = dpb_graph_add(g, sum, s->node[ORANGE_SUM]);
  }
  s->node[PRICE] = dpb_graph_mul(g, sum, s->node[TAX]);
  return dpb_graph_backward(g, s->node[PRICE]);
}

/* The picture is put together on lines of blanks. Columns: names, numbers that enter,
 * and from one operation to the next a number and a wire. */
enum {
  LINES = 14,
  WIDTH = 70,
  NAME = 2,
  ENTER = 10,
  FIRST = 24,
  SECOND = 38,
  THIRD = 52
};
enum { WIRE = 11 }; /* from the beginning of a number to where its wire turns */

static void put(char lines[LINES][WIDTH], int row, int column, const char *text) {
  memcpy(&lines[row][column], text, strlen(text));
}

/* The value of a node, below it its derivative. */
static void put_node(char lines[LINES][WIDTH], int row, int column, const shop *s,
                     int node) {
  char text[32];
  snprintf(text, sizeof text, "%8.6g", value(s, node));
  put(lines, row, column, text);
  snprintf(text, sizeof text, "%8.6g", derivative(s, node));
  put(lines, row + 1, column, text);
}

/* A wire behind a number, which then goes down or up to the row of an operation. */
static void put_wire(char lines[LINES][WIDTH], int row, int column, int turn, int to) {
  for (int c = column + 9; c < turn; c++) lines[row][c] = '-';
  lines[row][turn] = '+';
  for (int r = row; r != to; r += to > row ? 1 : -1)
    if (r != row) lines[r][turn] = '|';
}

static void put_input(char lines[LINES][WIDTH], int row, int turn, int to, const shop *s,
                      int input) {
  put(lines, row, NAME, names[input]);
  put_node(lines, row, ENTER, s, input);
  put_wire(lines, row, ENTER, turn, to);
}

/* Price times number, in four lines. */
static void put_product(char lines[LINES][WIDTH], int row, const shop *s, int price,
                        int product) {
  put_input(lines, row, ENTER + WIRE, row + 2, s, price);
  put_input(lines, row + 3, ENTER + WIRE, row + 2, s, price + 1);
  put(lines, row + 2, FIRST - 4, "(x)");
  put_node(lines, row + 2, FIRST, s, product);
}

/* The product with the tax in a row, behind a number. */
static void put_price(char lines[LINES][WIDTH], int row, int column, const shop *s) {
  put_input(lines, row + 1, column - 3, row, s, TAX);
  put(lines, row, column - 4, "(x)");
  put_node(lines, row, column, s, PRICE);
  put(lines, row, column + 10, names[PRICE]);
}

static void draw(const shop *s, int oranges) {
  char lines[LINES][WIDTH];
  memset(lines, ' ', sizeof lines);
  put_product(lines, 0, s, APPLE, APPLE_SUM);
  put_wire(lines, 2, FIRST, FIRST + WIRE, oranges ? 5 : 4);
  if (oranges) {
    put_product(lines, 6, s, ORANGE, ORANGE_SUM);
    put_wire(lines, 8, FIRST, FIRST + WIRE, 5);
    put(lines, 5, SECOND - 4, "(+)");
    put_node(lines, 5, SECOND, s, SUM);
    put_wire(lines, 5, SECOND, SECOND + WIRE, 11);
  }
  put_price(lines, oranges ? 11 : 4, oranges ? THIRD : SECOND, s);
  for (int row = 0; row < (oranges ? LINES : LINES / 2); row++) {
    int length = WIDTH;
    while (length > 0 && lines[row][length - 1] == ' ') length--;
    printf("%.*s\n", length, lines[row]);
  }
}

/* What the price grows by, per unit, when an input does by a thousandth of itself. */
static double difference(shop *s, int input) {
  const double x = value(s, input), step = x / 1000;
  double price[2] = {0, 0};
  for (int side = 0; side < 2; side++) {
    dpb_graph_set(s->graph, s->node[input], side ? x + step : x - step);
    price[side] = value(s, PRICE);
  }
  dpb_graph_set(s->graph, s->node[input], x);
  return (price[1] - price[0]) / (2 * step);
}

static int show(const char *name, const double inputs[INPUTS], int oranges,
                csv_file *csv) {
  shop s = {0};
  dpb_status status = buy(&s, inputs, oranges);
  if (status == DPB_OK) {
    printf("%s%s\n\n", oranges ? "\n" : "", name);
    draw(&s, oranges);
    table t = {.align = "lrrr"};
    printf("\n");
    table_head(&t, "number|value|d price / d number|by difference");
    for (int i = 0; i < NODES; i++) {
      if (s.node[i] < 0) continue;
      csv_row(csv, "%s,%s,%.9g,%.9g", name, names[i], value(&s, i), derivative(&s, i));
      table_cell(&t, "%s", names[i]);
      table_cell(&t, "%.9g", value(&s, i));
      table_cell(&t, "%.9g", derivative(&s, i));
      if (i < INPUTS) {
        table_cell(&t, "%.9g", difference(&s, i));
      } else {
        table_cell(&t, "-");
      }
    }
    table_print(&t, stdout);
  }
  dpb_graph_destroy(s.graph);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

int main(int argc, char *argv[]) {
  report_program("ch05_graph");
  double inputs[INPUTS] = {100, 2, 150, 3, 1.1}; /* the book's */
  const char *out = NULL;
  const option_spec list[] = {
      {OPTION_POSITIVE, "apple", 0, "X", "price of an apple (default: 100)",
       &inputs[APPLE], NULL, 0, 0},
      {OPTION_POSITIVE, "apples", 0, "N", "so many are bought (default: 2)",
       &inputs[APPLES], NULL, 0, 0},
      {OPTION_POSITIVE, "orange", 0, "X", "price of an orange (default: 150)",
       &inputs[ORANGE], NULL, 0, 0},
      {OPTION_POSITIVE, "oranges", 0, "N", "so many are bought (default: 3)",
       &inputs[ORANGES], NULL, 0, 0},
      {OPTION_POSITIVE, "tax", 0, "X", "factor of the price (default: 1.1)", &inputs[TAX],
       NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the numbers to this folder", &out, NULL, 0,
       0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = csv_open(&csv, out, "graph.csv", "graph,node,value,derivative");
  if (code == EXIT_OK) code = show("apples", inputs, 0, &csv);
  if (code == EXIT_OK) code = show("apples and oranges", inputs, 1, &csv);
  code = csv_close(&csv, code);
  return finish_output(code);
}
