import Glibc
import Support

/// Open MPI's library, loaded when a job has several ranks: a program that was built where there is none works, and
/// the one that is there (version 3 to 5, they have one interface) is used. Its constants are symbols it exports.
struct OpenMPILibrary {
  typealias Handle = UnsafeMutableRawPointer
  typealias Counts = UnsafePointer<Int32>
  typealias Request = UnsafeMutablePointer<Handle?>

  let initialize:
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>
    ) -> Int32
  let finalize: @convention(c) () -> Int32
  let abort: @convention(c) (Handle, Int32) -> Int32
  let rank, size: @convention(c) (Handle, UnsafeMutablePointer<Int32>) -> Int32
  let version: @convention(c) (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  let gather:
    @convention(c) (
      UnsafeRawPointer?, Int32, Handle, UnsafeMutableRawPointer?, Counts, Counts, Handle, Handle,
      Request
    ) -> Int32
  let exchange:
    @convention(c) (
      UnsafeRawPointer?, Counts, Counts, Handle, UnsafeMutableRawPointer?, Counts, Counts, Handle,
      Handle, Request
    ) -> Int32
  let barrier: @convention(c) (Handle, Request) -> Int32
  let test: @convention(c) (Request, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?) -> Int32
  /// MPI_COMM_WORLD.
  let world: Handle
  /// A type of 4 bytes.
  let word: Handle

  static let name = "libmpi.so.40"

  /// - Throws: `UserError` where there is no such library, or another one.
  init() throws {
    // Its plugins look for its symbols among those of the program.
    guard let library = dlopen(Self.name, RTLD_NOW | RTLD_GLOBAL) else {
      throw UserError(
        Self.name, found: "no Open MPI (\(String(cString: dlerror())))", expected: "its library",
        remedy: "install Debian's package openmpi-bin on every machine of the job")
    }
    func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
      guard let found = dlsym(library, name) else {
        throw UserError(
          Self.name, found: "no \(name)", expected: "Open MPI 3 or newer",
          remedy: "install Debian's package openmpi-bin, or another version")
      }
      return found
    }
    func function<Function>(_ name: String) throws -> Function {
      unsafeBitCast(try symbol(name), to: Function.self)
    }
    initialize = try function("MPI_Init_thread")
    finalize = try function("MPI_Finalize")
    abort = try function("MPI_Abort")
    rank = try function("MPI_Comm_rank")
    size = try function("MPI_Comm_size")
    version = try function("MPI_Get_library_version")
    gather = try function("MPI_Iallgatherv")
    exchange = try function("MPI_Ialltoallv")
    barrier = try function("MPI_Ibarrier")
    test = try function("MPI_Test")
    world = try symbol("ompi_mpi_comm_world")
    word = try symbol("ompi_mpi_uint32_t")
  }

  /// Its version in a few words, for instance "Open MPI v4.1.4".
  var versionText: String {
    var text = [CChar](repeating: 0, count: 1024)
    var length: Int32 = 0
    guard version(&text, &length) == 0 else { return "Open MPI" }
    let words = String(
      decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return words.split(separator: ",").first.map(String.init) ?? "Open MPI"
  }
}
