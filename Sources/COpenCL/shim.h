// The OpenCL 1.2 host API: the newest every conformant CPU and GPU runtime offers.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
