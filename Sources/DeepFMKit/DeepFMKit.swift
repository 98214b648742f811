// Everything a user of the library needs, with one import.
@_exported import Data
@_exported import Datasets
@_exported import Examples
@_exported import Features
@_exported import Inspection
@_exported import Logs
@_exported import Models
@_exported import OpenCL
@_exported import Operators
@_exported import Support
@_exported import Synthetic
@_exported import Training

@_exported import struct Kernels.KernelSource
