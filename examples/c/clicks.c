/*
 * clicks.c: trains a model on a log, says how good it is, keeps it, and predicts, through deepfm.h.
 *
 *   cc clicks.c -I include -L lib -ldeepfm -Wl,-rpath,lib -o clicks
 *   ./clicks train.csv new.csv clicks.deepfm
 */
#include <stdio.h>
#include <string.h>

#include "deepfm.h"

/* Prints the epochs of a training, and lets it go on. */
static int32_t show(void *context, const char *event) {
  int *epochs = context;
  if (strstr(event, "\"event\":\"epoch\"")) {
    ++*epochs;
    fprintf(stderr, "%s\n", event);
  }
  return 0;
}

/* Says what went wrong, in the words of the command. */
static int fail(deepfm_error *error) {
  fprintf(stderr, "error: %s\n", deepfm_error_message(error));
  deepfm_error_free(error);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s TRAIN NEW MODEL\n", argv[0]);
    return 64;
  }
  deepfm_error *error = NULL;
  deepfm_log *log = deepfm_log_open(argv[1], &error);
  if (!log) return fail(error);

  int epochs = 0;
  deepfm_training training = {.size = sizeof training};
  training.training = log;
  training.settings = "{\"model\": \"deepfm-d\", \"hidden\": [32, 32], \"learning_rate\": 0.005, \"epochs\": 3}";
  training.on_event = show;
  training.context = &epochs;
  deepfm_model *model = deepfm_train(&training, &error);
  deepfm_log_free(log);
  if (!model) return fail(error);
  fprintf(stderr, "trained in %d epochs with deepfm %s\n", epochs, deepfm_version());

  if (deepfm_model_write(model, argv[3], &error) != 0) return fail(error);
  char *facts = deepfm_model_describe(model, &error);
  if (!facts) return fail(error);
  fprintf(stderr, "%.60s …\n", facts);
  deepfm_free(facts);

  log = deepfm_log_open(argv[2], &error);
  if (!log) return fail(error);
  size_t count = 0;
  float *probabilities = deepfm_model_predict(model, log, &count, &error);
  deepfm_log_free(log);
  deepfm_model_free(model);
  if (!probabilities) return fail(error);
  for (size_t row = 0; row < count; ++row) printf("%.9g\n", probabilities[row]);
  deepfm_free(probabilities);
  return 0;
}
