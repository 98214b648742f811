import COpenCL

extension Buffer {
  /// The part of a buffer that begins at `offset`, as a buffer of its own on the same memory.
  ///
  /// - Parameters:
  ///   - offset: a multiple of ``sliceAlignment`` elements.
  ///   - count: the number of elements.
  /// - Precondition: the slice lies within this buffer, which is not a slice itself.
  package func slice(from offset: Int, count: Int) throws -> Buffer {
    precondition(offset % Self.sliceAlignment == 0 && offset + count <= self.count)
    precondition(rounded == nil)
    // No region may be empty; what lies behind a slice may be read as any buffer's slack.
    var region = cl_buffer_region(
      origin: offset * MemoryLayout<Element>.stride,
      size: max(count, 1) * MemoryLayout<Element>.stride)
    var status = CL_SUCCESS
    let handle = clCreateSubBuffer(
      self.handle, cl_mem_flags(CL_MEM_READ_WRITE),
      cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION), &region, &status)
    try check(status, "clCreateSubBuffer", "buffer \"\(label)\"")
    return Buffer(slice: handle!, of: self, count: count)
  }

  /// What a slice's offset is a multiple of: 4 KiB of floats, as coarse as any device asks for.
  package static var sliceAlignment: Int { 1024 }
}
