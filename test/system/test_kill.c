/* SPDX-License-Identifier: MIT
 *
 * kill -9 at random moments: a process that saves over and over is killed, a thousand
 * times, and each time the file is whole, and is the last one whose saving had returned
 * or the one that was being saved. What killed processes leave beside it does not pile
 * up.
 */
#include "byte_order.h"
#include "train_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

/* Under AddressSanitizer a fork copies a shadow of all memory. */
#ifdef __SANITIZE_ADDRESS__
enum { KILLS = 100, KILLS_OF_OTHERS = 30 };
#else
enum { KILLS = 1000, KILLS_OF_OTHERS = 300 };
#endif
enum { LONGEST = 5000000, NUMBERS = 2000 };

/* Something that has a file. Versions are counted from 0. */
typedef struct saver {
  void (*begin)(void); /* in the process that will be killed */
  dpb_status (*save)(long version);
  long (*version)(long at_least); /* of the file; fails the test when it is not whole */
} saver;

static char folder[256], path[300];
static dpb_rng rng;
static long killed_while_saving;

static const char *place(void) {
  const char *tmp = getenv("TMPDIR");
  return tmp ? tmp : "/tmp";
}

static int count_temporaries(void) {
  int count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
    count += strstr(entry->d_name, ".tmp") != NULL;
  closedir(dir);
  return count;
}

/* Saves until it is killed, and tells each version whose saving has returned. */
static void save_on(const saver *s, long version, int tell) {
  if (s->begin) s->begin();
  for (;; version++) {
    if (s->save(version) != DPB_OK) break;
    if (write(tell, &version, sizeof version) != sizeof version) break;
  }
  fprintf(stderr, "version %ld: %s\n", version, dpb_error_message());
  _exit(1);
}

/* The last version that was told, or before. */
static long last_told(int told, long before) {
  long version = before;
  while (read(told, &version, sizeof version) == sizeof version) continue;
  return version;
}

/* One process; returns the version that was told last. */
static long kill_one(const saver *s, long version) {
  int ends[2], status = 0;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) save_on(s, version + 1, ends[1]);
  const struct timespec wait = {.tv_nsec = dpb_rng_below(&rng, LONGEST)};
  nanosleep(&wait, NULL);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  close(ends[1]);
  version = last_told(ends[0], version);
  close(ends[0]);
  return version;
}

/* temporary: the file is replaced by way of a temporary one. */
static void kill_in(const char *where, const saver *s, int kills, bool temporary) {
  long version = 0;
  int left = 0, most = 0;
  snprintf(folder, sizeof folder, "%s/deepblas-kill-XXXXXX", where);
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  must(s->save(0));
  for (int i = 0; i < kills; i++) {
    long told = kill_one(s, version);
    int there = count_temporaries();
    if (there > 0) left++;
    if (there > most) most = there;
    version = s->version(told);
    if (version != told && version != told + 1)
      fail_msg("round %d: version %ld is there, %ld was saved", i, version, told);
  }
  print_message("%s: %d killed, %ld versions; %d left temporary files, %d at most\n",
                where, kills, version, left, most);
  killed_while_saving += left;
  if (temporary) must(s->save(version + 1));
  assert_int_equal(count_temporaries(), 0);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(folder), 0);
}

/* On a disk most of the time goes by while it is flushed; in memory each moment has its
 * share. */
static void kill_many(const saver *s, int kills, bool temporary) {
  bool memory = access("/dev/shm", W_OK) == 0;
  kill_in(place(), s, memory ? kills / 4 : kills, temporary);
  if (memory) kill_in("/dev/shm", s, kills, temporary);
}

/* -- a model whose parameters are all the number of the version */

static dpb_model *model;

static void set_all(dpb_model *m, float value) {
  float *parameters = NULL;
  size_t count = fixture_flat(m, &parameters);
  for (size_t i = 0; i < count; i++) parameters[i] = value;
}

static dpb_status save_model(long version) {
  set_all(model, (float)version);
  return dpb_model_save(model, path);
}

/* By name: between the parameters there may be gaps in memory. */
static long version_of_model(long at_least) {
  (void)at_least;
  static float values[NUMBERS];
  dpb_model *loaded = NULL;
  must(dpb_model_load(path, &(dpb_model_config){.threads = 1}, &loaded));
  float version = -1;
  assert_int_equal(dpb_model_parameter_count(loaded), 4);
  for (int i = 0; i < 4; i++) {
    dpb_parameter_info info;
    must(dpb_model_parameter(loaded, i, &info));
    must(dpb_model_get_parameter(loaded, info.name, values, info.count));
    if (i == 0) version = values[0];
    for (size_t j = 0; j < info.count; j++) assert_true(values[j] == version);
  }
  dpb_model_destroy(loaded);
  return (long)version;
}

static void test_models(void **state) {
  (void)state;
  model = fixture_model("affine 20, relu, affine 3", (dpb_hwc){4, 4, 1}, 4, 1);
  const saver models = {.save = save_model, .version = version_of_model};
  kill_many(&models, KILLS, true);
  dpb_model_destroy(model);
}

/* -- an array, likewise */

static float numbers[NUMBERS];

static dpb_status save_array(long version) {
  for (int i = 0; i < NUMBERS; i++) numbers[i] = (float)version;
  return dpb_npy_save_floats(path, &(dpb_shape){1, {NUMBERS}}, numbers);
}

static long version_of_array(long at_least) {
  (void)at_least;
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  float read[NUMBERS + 1];
  assert_int_equal(fseek(file, 128, SEEK_SET), 0);
  assert_int_equal(fread(read, sizeof *read, NUMBERS + 1, file), NUMBERS);
  fclose(file);
  little_endian(read, sizeof *read, NUMBERS * sizeof *read);
  for (int i = 0; i < NUMBERS; i++) assert_true(read[i] == read[0]);
  return (long)read[0];
}

static void test_arrays(void **state) {
  (void)state;
  const saver arrays = {.save = save_array, .version = version_of_array};
  kill_many(&arrays, KILLS_OF_OTHERS, true);
}

/* -- a history: of one epoch when the version is even, of two when it is odd */

static dpb_trainer *trainers[2];
static char histories[2][1000];
static size_t lengths[2];

static size_t read_history(char *text) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t length = fread(text, 1, 1000, file);
  fclose(file);
  return length;
}

static dpb_status save_history(long version) {
  return dpb_trainer_save_history(trainers[version % 2], path);
}

static long version_of_history(long at_least) {
  char text[1000];
  size_t length = read_history(text);
  for (long version = at_least; version <= at_least + 1; version++) {
    if (length == lengths[version % 2] && !memcmp(text, histories[version % 2], length))
      return version;
  }
  fail_msg("neither of the two histories: %.*s", (int)length, text);
  return -1;
}

static void test_histories(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(8, (dpb_hwc){1, 1, 2}, 2, 1);
  dpb_model *net = fixture_model("affine 2", (dpb_hwc){1, 1, 2}, 4, 1);
  dpb_optimizer *optimizer = fixture_optimizer(net, DPB_SGD, 0.1f);
  snprintf(path, sizeof path, "%s/deepblas-history-%ld", place(), (long)getpid());
  for (size_t i = 0; i < 2; i++) {
    must(dpb_trainer_create(&(dpb_trainer_config){.model = net,
                                                  .optimizer = optimizer,
                                                  .train = data,
                                                  .epochs = i + 1,
                                                  .batch = 4},
                            &trainers[i]));
    must(dpb_trainer_run(trainers[i]));
    must(save_history((long)i));
    lengths[i] = read_history(histories[i]);
  }
  unlink(path);
  const saver both = {.save = save_history, .version = version_of_history};
  kill_many(&both, KILLS_OF_OTHERS, true);
  for (size_t i = 0; i < 2; i++) dpb_trainer_destroy(trainers[i]);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(net);
  dpb_dataset_destroy(data);
}

/* -- the trials of a search; the version is how many were told */

static dpb_search *search;

static void open_search(void) {
  dpb_space *space = NULL;
  must(dpb_space_parse("x 0..1", &space));
  must(dpb_search_create(&(dpb_search_config){.space = space,
                                              .method = DPB_SEARCH_RANDOM,
                                              .trials = 1000000,
                                              .resume = 1,
                                              .path = path},
                         &search));
  dpb_space_destroy(space);
}

static dpb_status tell_trial(long version) {
  if (version == 0) { /* the file alone, by the process that kills */
    open_search();
    dpb_search_destroy(search);
    return DPB_OK;
  }
  dpb_trial trial;
  dpb_status status = dpb_search_ask(search, &trial);
  return status == DPB_OK ? dpb_search_tell(search, trial.id, 0.5) : status;
}

static long trials_told(long at_least) {
  (void)at_least;
  open_search();
  long told = dpb_search_told(search);
  dpb_search_destroy(search);
  return told;
}

static void test_searches(void **state) {
  (void)state;
  const saver trials = {.begin = open_search, .save = tell_trial, .version = trials_told};
  kill_many(&trials, KILLS_OF_OTHERS, false);
}

/* Else nothing was tested. */
static int tear_down(void **state) {
  (void)state;
  return killed_while_saving == 0;
}

int main(void) {
  rng = dpb_rng_seed((uint64_t)time(NULL));
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_models),
      cmocka_unit_test(test_arrays),
      cmocka_unit_test(test_histories),
      cmocka_unit_test(test_searches),
  };
  return cmocka_run_group_tests(tests, NULL, tear_down);
}
