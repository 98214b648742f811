import Foundation

/// What Linux tells of this process.
package enum ProcessStatus {
  /// The cores it may run on, as Linux lists them: `0-1`, or `0` under `taskset -c 0`.
  package static var cores: String { field("Cpus_allowed_list") ?? "unknown" }

  /// The seconds that all its threads together have spent on cores so far.
  package static var coreSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The most memory it has had so far, in bytes.
  package static var peakMemory: Int {
    let words = field("VmHWM")?.split(separator: " ")
    return (words?.first.flatMap { Int($0) } ?? 0) * 1024
  }

  /// The memory that the machine, or the group of processes that this one belongs to, has left, in bytes; nil where that
  /// is not known.
  package static var availableMemory: Int? {
    func number(_ text: String) -> Int? { Int(text.prefix { $0.isNumber }) }
    let line = text("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    let words = line?.split(separator: " ") ?? []
    guard words.count > 1, let free = number(String(words[1])) else { return nil }
    guard let most = number(text("/sys/fs/cgroup/memory.max")),
      let used = number(text("/sys/fs/cgroup/memory.current"))
    else { return free << 10 }
    return min(free << 10, max(most - used, 0))
  }

  /// Seconds since it was started, the time to load it included; to a hundredth.
  package static var age: Double {
    // Fields are counted after the name, which stands in brackets and may have blanks.
    let fields = text("/proc/self/stat").split(separator: ")").last?.split(separator: " ")
    let uptime = text("/proc/uptime").split(separator: " ").first.flatMap { Double($0) }
    guard let fields, fields.count > 19, let started = Double(fields[19]), let uptime else {
      return .nan
    }
    return uptime - started / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func field(_ name: String) -> String? {
    text("/proc/self/status").split(separator: "\n").first { $0.hasPrefix(name + ":") }
      .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
