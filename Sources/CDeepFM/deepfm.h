/*
 * deepfm.h: click models of DeepFM and its kin, trained and used from C or from whatever calls C.
 *
 * Every function that can fail takes `deepfm_error **error` last: where it fails it returns NULL or a number that is
 * not 0, and leaves an error there, in the words of the command, to be freed by deepfm_error_free. NULL for `error`
 * does without the words.
 *
 * What a function returns is the caller's, to be freed by the function for it: deepfm_free for text and arrays,
 * deepfm_log_free and so on for handles, each of which takes NULL as well. Text is UTF-8 and ends with NUL; JSON
 * and YAML are read alike, since the one is the other.
 *
 * Any thread may call any function. A model is used by one call at a time: others wait. Logs are only read.
 * Nothing is printed, no signal is caught, the process is never ended.
 */
#ifndef DEEPFM_H
#define DEEPFM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the Arrow C stream interface; arrow.apache.org/docs/format/CStreamInterface.html has its definition. */
struct ArrowArrayStream;

typedef struct deepfm_error deepfm_error;
typedef struct deepfm_log deepfm_log;
typedef struct deepfm_model deepfm_model;
typedef struct deepfm_cancellation deepfm_cancellation;

/* The version of the library, as that of the command: three numbers. It stays the library's. */
const char *deepfm_version(void);

/* Frees text and arrays that a function returned. */
void deepfm_free(void *memory);

/* ---- Errors ---- */

/* What is at fault. */
enum {
  DEEPFM_ERROR_INPUT = 1,    /* data, a file, a setting: the words say where, what was found, what to do */
  DEEPFM_ERROR_DEVICE = 2,   /* the OpenCL device or its driver */
  DEEPFM_ERROR_CANCELLED = 3 /* cancelled before there was anything to keep */
};

int32_t deepfm_error_kind(const deepfm_error *error);
/* In one line; it stays the error's. */
const char *deepfm_error_message(const deepfm_error *error);
void deepfm_error_free(deepfm_error *error);

/* ---- What there is ---- */

/* The devices a model can run on, as JSON: [{"name", "kind", "platform", "memory", "compute_units"}]. */
char *deepfm_devices(deepfm_error **error);

/*
 * All settings of a training, as JSON: [{"name", "value", "help", "expected"}], with the values that are in force
 * after `settings` (see deepfm_training; NULL for none); null for one that is chosen when the rows are known.
 */
char *deepfm_settings(const char *settings, deepfm_error **error);

/* ---- Logs: where rows come from ---- */

/*
 * Files: a path, or a pattern such as logs/day-*.csv.gz; CSV, TSV, JSON lines, Criteo's format, libsvm, libffm,
 * plain or packed, and Parquet. They are read when the log is used.
 */
deepfm_log *deepfm_log_open(const char *path, deepfm_error **error);

/*
 * Columns in memory. The streams are read to their end and stand side by side: features in one, clicks and weights
 * in another. Each is of structures; numbers, text, views, dictionaries, truth values, times, decimals, lists and
 * structures of these. The columns are not copied: they are released with the log.
 *
 * name: what errors call the columns.
 * streams: taken over and released, whatever happens.
 */
deepfm_log *deepfm_log_columns(const char *name, struct ArrowArrayStream **streams, size_t count,
                               deepfm_error **error);

/* The number of rows, -1 where that is not known before they are read. */
int64_t deepfm_log_rows(const deepfm_log *log);

/*
 * What the columns are, as JSON: [{"name", "kind", "is_label"}], with the kind that each would be of as a field of a
 * schema: "numeric" where its type is real or decimal, "multivalued" where its first rows hold lists, or else
 * "categorical"; and whether it is taken for the label where none is named. null for files, whose columns are known when they are read.
 */
char *deepfm_log_columns_json(const deepfm_log *log, deepfm_error **error);

/*
 * The first rows as they are read, before a schema says what they mean: as the command `deepfm rows` prints them, a
 * JSON object a line, of texts, lists, and null for what is missing.
 *
 * limit: how many rows at most; 0 for all.
 */
char *deepfm_log_head(const deepfm_log *log, size_t limit, deepfm_error **error);

void deepfm_log_free(deepfm_log *log);

/* ---- Training ---- */

/* A wish to stop: a training ends after the step under way, and the best model so far is kept. */
deepfm_cancellation *deepfm_cancellation_new(void);
void deepfm_cancellation_cancel(deepfm_cancellation *cancellation);
void deepfm_cancellation_free(deepfm_cancellation *cancellation);

/*
 * Told what happens, on the thread that trains: a line of JSON with "event": "encoded", "started", "warmed_up",
 * "progress", "epoch", "rate_dropped", "note", "stopped" and what belongs to it; it is the library's. What it
 * returns ends the training where it is not 0, as a cancellation does.
 */
typedef int32_t (*deepfm_event_handler)(void *context, const char *event);

typedef struct deepfm_training {
  /* sizeof(deepfm_training), so that later versions may have more; what is not there, or 0, is left at its default. */
  size_t size;
  const deepfm_log *training;
  /* Decides which epoch is the best; NULL to hold rows out, or to divide the log as the schema says. */
  const deepfm_log *validation;
  /* Judges the model at the end; NULL for none. */
  const deepfm_log *test;
  /* Keys and values as in config.yaml: {"model": "deepfm-d", "learning_rate": 0.001}. */
  const char *settings;
  /*
   * What the columns mean: a schema in YAML, the path of one, or the name of a ready one; gaps are filled by looking
   * at the log.
   */
  const char *schema;
  /* "auto", "gpu", "cpu", "reference", a number, or part of a name. */
  const char *device;
  /* A model to go on from, with its encoder; NULL to begin. */
  const deepfm_model *start;
  deepfm_event_handler on_event;
  void *context;
  deepfm_cancellation *cancellation;
  /*
   * Who holds the device against the reference before it first trains a model of this shape: a program's path and its
   * arguments, and NULL behind them; NULL for nobody. It is to read standard input to its end and to print what
   * deepfm_check_device makes of it; being a process of its own, a driver may crash in it. `deepfm check-device` does so.
   * What is right is remembered, what is wrong is an error of the device.
   */
  const char *const *check_command;
  /* How long that may take, in seconds; 0 for 180. */
  double check_limit;
} deepfm_training;

/* What a process for check_command prints, of what it was asked. A driver may crash or hang here. */
char *deepfm_check_device(const char *question, deepfm_error **error);

/* Trains a model. The same seed, rows, settings and device give the same bytes as the command's. */
deepfm_model *deepfm_train(const deepfm_training *training, deepfm_error **error);

/* ---- Models ---- */

/* A model file, or a run folder; device as above. */
deepfm_model *deepfm_model_open(const char *path, const char *device, deepfm_error **error);
/* The bytes of a model file. */
deepfm_model *deepfm_model_read(const void *bytes, size_t count, const char *device, deepfm_error **error);

/* Writes the model file; it is whole, or not there. Returns 0 where it went well. */
int32_t deepfm_model_write(const deepfm_model *model, const char *path, deepfm_error **error);
/*
 * Writes a run folder: config.yaml, model.deepfm, metrics.json, history.csv. Only for a model that was trained by
 * this process. overwrite: 0 to refuse a folder that is there.
 */
int32_t deepfm_model_write_run(const deepfm_model *model, const char *folder, int32_t overwrite,
                               deepfm_error **error);
/*
 * The bytes of the model file.
 * with_optimizer: 0 to leave out what only more training needs.
 */
void *deepfm_model_bytes(const deepfm_model *model, int32_t with_optimizer, size_t *count,
                         deepfm_error **error);

/*
 * What it is, as JSON: model, device, fields, label, weight, features, parameters, steps, epochs, best_epoch,
 * stopped, settings, schema, history, validation, test.
 */
char *deepfm_model_describe(const deepfm_model *model, deepfm_error **error);

/* The probability of a click of each row of a log, in its order; the log needs no clicks. */
float *deepfm_model_predict(const deepfm_model *model, const deepfm_log *log, size_t *count,
                            deepfm_error **error);

/* How good these are, as JSON: rows, auc, log_loss, average_precision, normalized_entropy, calibration. */
char *deepfm_model_evaluate(const deepfm_model *model, const deepfm_log *log, deepfm_error **error);

void deepfm_model_free(deepfm_model *model);

#ifdef __cplusplus
}
#endif

#endif
