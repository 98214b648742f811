"""_check.py LIBRARY: the process in which a device is held against the reference, see deepfm.h.

It is run as a file, by itself: a crash of the driver ends this process alone. Nothing else of the package is
needed.
"""

import ctypes
import sys


def main() -> int:
    library = ctypes.CDLL(sys.argv[1])
    library.deepfm_check_device.restype = ctypes.c_void_p
    library.deepfm_check_device.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p)]
    library.deepfm_error_message.restype = ctypes.c_char_p
    library.deepfm_error_message.argtypes = [ctypes.c_void_p]
    error = ctypes.c_void_p()
    found = library.deepfm_check_device(sys.stdin.buffer.read(), ctypes.byref(error))
    if not found:
        print("Error:", library.deepfm_error_message(error).decode(), file=sys.stderr)
        return 1
    sys.stdout.buffer.write(ctypes.string_at(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
