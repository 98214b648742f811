// Preloaded (LD_PRELOAD), it lets every OpenCL device say that it is a GPU with a memory of its own, so
// that the command takes the GPU's way (copies, queues, work-groups with local memory) on a machine
// without one.
//
//   clang -shared -fPIC -O1 -o claimed_device.so Tests/Devices/claimed_device.c -ldl
//   LD_PRELOAD=$PWD/claimed_device.so deepfm doctor
//
// CLAIMED_VECTOR=8    no GPU: a CPU whose vectors hold so many floats
// CLAIMED_GPU_NAN=1   new buffers hold NaN: what reads memory that nobody has written shows
// CLAIMED_GPU_LOG=F   a line in file F for each command queued and each buffer made
// CLAIMED_GPU_SKIP=1  kernels but the gathering of rows are left out
// CLAIMED_GPU_SKIP=time   so that the host's time is left: no driver is told of these kernels' arguments either, and the
//                     file has a line for the first write of each batch alone, which ends with what its thread has taken of
//                     a processor so far, in nanoseconds: to write each command down would take a third of that time
// CLAIMED_GPU_SOURCES=D  what is compiled is written to folder D, a file a program
// CLAIMED_FAULT=skip:K, crash:K, hang:K   a driver that leaves out kernel K, crashes or hangs at it
// CLAIMED_REPLACE='OLD=>NEW'   a compiler that takes one text for another, wherever it occurs
// CLAIMED_MEMORY=N    a driver that has N bytes left when buffers are first written to, and does not say so before
// CLAIMED_FREE=N      a driver that says that other programs have left N KiB

#define CL_TARGET_OPENCL_VERSION 120
#define _GNU_SOURCE
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// 1 where kernels are left out, 2 for the host's time.
static int skips(void) {
  static int known = -1;
  const char *asked = known < 0 ? getenv("CLAIMED_GPU_SKIP") : NULL;
  if (known < 0) known = !asked ? 0 : strcmp(asked, "time") ? 1 : 2;
  return known;
}

static void write_down(const char *what, const char *name, const size_t *sizes, cl_uint dimensions) {
  static FILE *log;
  static int is_off;
  const char *path = log || is_off ? NULL : getenv("CLAIMED_GPU_LOG");
  if (!log && (!path || !(log = fopen(path, "w")))) {
    is_off = 1;
    return;
  }
  fprintf(log, "%s %s", what, name);
  for (cl_uint d = 0; d < dimensions; ++d) fprintf(log, " %zu", sizes[d]);
  fputc('\n', log);
  if (skips() < 2) fflush(log);
}

// Whether the last command was a write.
static int has_written;

static void note(const char *what, const char *name, const size_t *sizes, cl_uint dimensions) {
  has_written = 0;
  if (skips() < 2) write_down(what, name, sizes, dimensions);
}

// What is mapped, and thus pinned.
static struct { const char *begin, *end; } pinned[256];
static int mapped;

static int is_pinned(const void *place) {
  for (int i = 0; i < mapped && i < 256; ++i) {
    if (pinned[i].begin && (const char *)place >= pinned[i].begin && (const char *)place < pinned[i].end) return 1;
  }
  return 0;
}

// The bytes of all buffers, and whether they were more than there is when one was written to.
static size_t taken;
static int is_full;

static cl_int answer(const void *value, size_t size, size_t room, void *to, size_t *needed) {
  if (needed) *needed = size;
  if (!to) return CL_SUCCESS;
  if (room < size) return CL_INVALID_VALUE;
  memcpy(to, value, size);
  return CL_SUCCESS;
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info key, size_t room, void *to, size_t *needed) {
  const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
  const cl_bool no = CL_FALSE;
  const cl_uint units = 132;
  const char *left = getenv("CLAIMED_FREE");
  const size_t free_memory[2] = {left ? atoll(left) : 0, 0};
  const char extension[] = "cl_amd_device_attribute_query";
  if (left && key == CL_DEVICE_EXTENSIONS) return answer(extension, sizeof extension, room, to, needed);
  if (left && key == 0x4039) return answer(free_memory, sizeof free_memory, room, to, needed);
  const char *claimed = getenv("CLAIMED_VECTOR");
  const cl_uint width = claimed ? atoi(claimed) : 1;
  if (key == CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT || key == CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT) {
    return answer(&width, sizeof width, room, to, needed);
  }
  switch (claimed ? 0 : key) {
  case CL_DEVICE_TYPE: return answer(&gpu, sizeof gpu, room, to, needed);
  case CL_DEVICE_HOST_UNIFIED_MEMORY: return answer(&no, sizeof no, room, to, needed);
  case CL_DEVICE_MAX_COMPUTE_UNITS: return answer(&units, sizeof units, room, to, needed);
  default: return NEXT(clGetDeviceInfo)(device, key, room, to, needed);
  }
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status) {
  note("create", "", &size, 1);
  taken += size;
  if (!getenv("CLAIMED_GPU_NAN") || host) return NEXT(clCreateBuffer)(context, flags, size, host, status);
  void *bytes = malloc(size);
  memset(bytes, 0xFF, size);
  cl_mem buffer =
      NEXT(clCreateBuffer)(context, flags | CL_MEM_COPY_HOST_PTR, size, bytes, status);
  free(bytes);
  return buffer;
}

cl_int clEnqueueFillBuffer(
    cl_command_queue queue, cl_mem buffer, const void *pattern, size_t width, size_t offset, size_t size,
    cl_uint count, const cl_event *events, cl_event *event) {
  const char *memory = getenv("CLAIMED_MEMORY");
  is_full = is_full || (memory && taken > (size_t)atoll(memory));
  note("fill", "", &size, 1);
  return NEXT(clEnqueueFillBuffer)(
      queue, buffer, pattern, width, offset, size, count, events, event);
}

cl_int clFinish(cl_command_queue queue) {
  return is_full ? CL_MEM_OBJECT_ALLOCATION_FAILURE : NEXT(clFinish)(queue);
}

void *clEnqueueMapBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset, size_t size,
    cl_uint count, const cl_event *events, cl_event *event, cl_int *status) {
  char *begin = NEXT(clEnqueueMapBuffer)(
      queue, buffer, blocking, flags, offset, size, count, events, event, status);
  note("map", "", &size, 1);
  // By any of several threads.
  const int place = begin ? __sync_fetch_and_add(&mapped, 1) : 256;
  if (place < 256) {
    pinned[place].end = begin + size;
    pinned[place].begin = begin;
  }
  return begin;
}

cl_program clCreateProgramWithSource(
    cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status) {
  const char *folder = getenv("CLAIMED_GPU_SOURCES");
  static int number;
  char path[512];
  if (folder) {
    snprintf(path, sizeof path, "%s/%d.cl", folder, number++);
    FILE *file = fopen(path, "w");
    for (cl_uint i = 0; file && i < count; ++i) fputs(texts[i], file);
    if (file) fclose(file);
  }
  const char *replace = getenv("CLAIMED_REPLACE"), *arrow = replace ? strstr(replace, "=>") : NULL;
  if (!arrow || count != 1 || lengths) {
    return NEXT(clCreateProgramWithSource)(context, count, texts, lengths, status);
  }
  char *old = strndup(replace, arrow - replace), *text = strdup(texts[0]);
  for (char *place = text; (place = strstr(place, old));) {
    const size_t before = place - text;
    char *whole = malloc(strlen(text) + strlen(arrow) + 1);
    sprintf(whole, "%.*s%s%s", (int)before, text, arrow + 2, place + strlen(old));
    free(text);
    text = whole;
    place = text + before + strlen(arrow + 2);
  }
  const char *replaced = text;
  cl_program program = NEXT(clCreateProgramWithSource)(context, 1, &replaced, NULL, status);
  free(old);
  free(text);
  return program;
}

// The kernels that are never left out: what is gathered is looked at before the first step.
static cl_kernel gathering[64];
static int gatherers;

static int is_left_out(cl_kernel kernel) {
  for (int i = 0; skips() && i < gatherers && i < 64; ++i) {
    if (gathering[i] == kernel) return 0;
  }
  return skips() > 0;
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *status) {
  cl_kernel kernel = NEXT(clCreateKernel)(program, name, status);
  const int place = kernel && !strcmp(name, "gather_rows") ? __sync_fetch_and_add(&gatherers, 1) : 64;
  if (place < 64) gathering[place] = kernel;
  return kernel;
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
  return skips() == 2 && is_left_out(kernel) ? CL_SUCCESS : NEXT(clSetKernelArg)(kernel, index, size, value);
}

cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
    const size_t *global, const size_t *local, cl_uint count, const cl_event *events, cl_event *event) {
  const int is_skipped = is_left_out(kernel);
  if (skips() == 2 && is_skipped && !event && !count) {
    has_written = 0;
    return CL_SUCCESS;
  }
  char name[128] = "";
  clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
  note("kernel", name, global, dimensions);
  const char *fault = getenv("CLAIMED_FAULT"), *colon = fault ? strchr(fault, ':') : NULL;
  const int is_faulty = colon && !strcmp(colon + 1, name);
  if (is_skipped && !event && !count) return CL_SUCCESS;
  if (is_faulty && *fault == 'c') abort();
  while (is_faulty && *fault == 'h') sleep(1);
  if (is_faulty || is_skipped) {
    return NEXT(clEnqueueMarkerWithWaitList)(queue, count, events, event);
  }
  return NEXT(clEnqueueNDRangeKernel)(
      queue, kernel, dimensions, offset, global, local, count, events, event);
}

cl_int clEnqueueWriteBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
    const void *from, cl_uint count, const cl_event *events, cl_event *event) {
  if (skips() < 2 || !has_written) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    const size_t sizes[2] = {size, used.tv_sec * 1000000000ul + used.tv_nsec};
    write_down("write", is_pinned(from) ? "pinned" : "pageable", sizes, skips() == 2 ? 2 : 1);
  }
  has_written = 1;
  return NEXT(clEnqueueWriteBuffer)(
      queue, buffer, blocking, offset, size, from, count, events, event);
}

cl_int clEnqueueCopyBuffer(
    cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size, cl_uint count,
    const cl_event *events, cl_event *event) {
  note("copy", "", &size, 1);
  return NEXT(clEnqueueCopyBuffer)(
      queue, from, to, from_offset, to_offset, size, count, events, event);
}

cl_int clEnqueueReadBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size, void *to,
    cl_uint count, const cl_event *events, cl_event *event) {
  note("read", "", &size, 1);
  return NEXT(clEnqueueReadBuffer)(queue, buffer, blocking, offset, size, to, count, events, event);
}
