// Everything a user of the library needs, with one import.
@_exported import Features
@_exported import Models
@_exported import OpenCL
@_exported import Operators
@_exported import Training
