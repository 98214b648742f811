// What a user of the library needs, with one import. The modules show little of themselves: the rest is for this
// package alone.
@_exported import Data
@_exported import Diagnostics
@_exported import Examples
@_exported import Features
@_exported import Kernels
@_exported import Logs
@_exported import Models
@_exported import OpenCL
@_exported import Operators
@_exported import Support
@_exported import Training
