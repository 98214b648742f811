import Data

/// The operator vocabulary: what a model can be composed of, each operator's meaning stated once.
///
/// `ReferenceBackend` implements it in plain Swift and double precision, obvious and slow;
/// `OpenCLBackend` as kernel launches. The table of operator cases holds the two against each other.
///
/// Conventions:
/// - Matrices are row-major; `rows` is the number of samples of the current batch, at most the
///   capacity the buffers were made for, and may be 0.
/// - `y` is an operator's output, `dy` the loss's derivative by it; `dx` is a ``GradientTarget``,
///   since several operators may add to one gradient.
/// - Operators are queued in order; ``read(_:count:)`` and ``finish()`` wait for them.
public protocol Backend: AnyObject {
  /// The arithmetic of the backend.
  associatedtype Scalar: BinaryFloatingPoint & Sendable
  /// Memory for scalars.
  associatedtype Buffer
  /// A batch in the backend's memory.
  associatedtype Input: BatchInput

  /// What the backend runs on and how, in one line for people.
  var description: String { get }
  /// What memory there is; nil where only the machine's own bounds apply.
  var memoryLimits: MemoryLimits? { get }
  /// Whether operators run on the processor, and its cores have no time to spare beside them.
  var usesProcessor: Bool { get }

  // MARK: Memory

  /// Makes a zero-filled buffer of `count` scalars; 0 is allowed.
  func makeBuffer(_ label: String, count: Int) throws -> Buffer
  /// Makes room for batches of up to `capacity` rows.
  ///
  /// - Parameter groupsIds: whether ``groupIds(_:)`` will be asked for.
  func makeInput(layout: BatchLayout, capacity: Int, groupsIds: Bool) throws -> Input
  /// Moves a batch in; earlier operators on the previous batch are not disturbed.
  func upload(_ batch: Batch, to input: Input) throws
  /// Writes `values` from scalar `offset` of the buffer on.
  func write(_ values: [Scalar], to buffer: Buffer, at offset: Int) throws
  /// Waits for the queued operators, then reads the first `count` scalars.
  func read(_ buffer: Buffer, count: Int) throws -> [Scalar]
  /// Sets the first `count` scalars to `value`.
  func fill(_ buffer: Buffer, with value: Float, count: Int) throws
  /// Waits until all queued operators are done.
  func finish() throws
  /// Names what the operators to come are for, where the backend keeps a profile.
  func begin(_ section: @autoclosure () -> String)
  /// How many scalars of scratch memory the operator needs for batches of up to `capacity` rows.
  func scratch(for operation: any Operation, capacity: Int) -> Int
  /// Provides scratch memory, shared by all operators; called before the first operator runs.
  func reserveScratch(count: Int) throws

  // MARK: Embedding and first-order term

  /// Looks up a table's rows, weighted by their values, and sums them:
  /// over the slots s of each field f, `y[b,f,:] = Σ_s x[b,s] · V[id[b,s],:]` (per field), or
  /// over all slots, `y[b,:] = bias + Σ_s x[b,s] · V[id[b,s],:]` (summed).
  ///
  /// - Parameters:
  ///   - table: V, [features × width].
  ///   - bias: [width], only with a summed lookup.
  ///   - y: [rows × fields·width] or [rows × width].
  func lookup(_ shape: Lookup, input: Input, table: Buffer, bias: Buffer?, y: Buffer) throws

  /// Finds the batch's distinct ids, ascending, and the places of each, ascending; absent ids are left
  /// out. The operators that speak of distinct ids come after it.
  func groupIds(_ input: Input) throws
  /// Waits for the queued operators, then tells how many distinct ids there are.
  func distinctIds(_ input: Input) throws -> Int

  /// The segment-sum of the lookup's gradient: for each distinct id of the batch
  /// `dV[id,:] = Σ_(b,s) x[b,s] · dy[b,f(s),:]`, added up in the order of the rows.
  ///
  /// - Parameters:
  ///   - region: `.touched`: row i of `dtable` is the i-th distinct id of the batch;
  ///     `.whole`: row i of `dtable` is feature i, and rows of absent ids become zero.
  ///   - dtable: nil where the table's step sums up its gradient, see ``updateTable(_:input:)``.
  ///   - dbias: Σ_b dy[b,:], [width].
  func lookupGradient(
    _ shape: Lookup, input: Input, dy: Buffer, region: TableRegion, dtable: Buffer?, dbias: Buffer?
  ) throws

  /// Whether the backend sums up tables' gradients by owners of ids, so that ``sumTable(_:input:)`` and
  /// ``updateTable(_:input:)`` need no distinct ids.
  var ownsIds: Bool { get }

  /// The first half of a step that is made in two, see ``TableStep/isInHalves``: sums up the gradient of
  /// the batch's ids, and, where the norm is asked for, leaves its square in parts.
  func sumTable(_ step: TableStep<Buffer>, input: Input) throws

  /// One step of an optimizer on the rows of a table that a batch touched, or on all rows, the sum of
  /// their gradient and L2 included: ``lookupGradient(_:input:dy:region:dtable:dbias:)``,
  /// ``penalize(_:weight:gradient:extent:)`` and
  /// ``update(_:rate:step:weight:gradient:state:scale:extent:)`` in one; or the second half of it.
  func updateTable(_ step: TableStep<Buffer>, input: Input) throws

  // MARK: Factorization machine

  /// `y[b] = ½ Σ_j [(Σ_f e[b,f,j])² − Σ_f e[b,f,j]²]`: the pairwise term in O(fields·width).
  ///
  /// - Parameters:
  ///   - e: field embeddings, [rows × fields·width].
  ///   - y: [rows × 1].
  func interaction(_ shape: Interaction.Shape, rows: Int, e: Buffer, y: Buffer) throws

  /// `de[b,f,j] = dy[b] · (Σ_g e[b,g,j] − e[b,f,j])`.
  func interactionGradient(
    _ shape: Interaction.Shape, rows: Int, e: Buffer, dy: Buffer, de: GradientTarget<Buffer>) throws

  /// Whether ``machine(_:input:table:weights:bias:sums:y:)`` and ``updateMachine(_:_:sums:input:)`` are
  /// operators of their own here, for tables of this shape.
  func fusesMachine(_ shape: Lookup) -> Bool

  /// `y[b] = bias + Σ_f w[id[b,f]] + ½ Σ_j [(Σ_f V[id[b,f],j])² − Σ_f V[id[b,f],j]²]`: the whole
  /// factorization machine of single ids without values, absent ones left out.
  ///
  /// - Parameters:
  ///   - table: V, [features × width].
  ///   - weights: w, [features].
  ///   - sums: receives Σ_f V[id[b,f],:], [rows × width].
  ///   - y: [rows × 1].
  func machine(
    _ shape: Lookup, input: Input, table: Buffer, weights: Buffer, bias: Buffer, sums: Buffer,
    y: Buffer) throws

  /// The steps of both tables of a machine, from the derivatives dz by its output: with
  /// `dV[id,:] = Σ_(b,f) dz[b] · (sums[b,:] − V[id,:])` and `dw[id] = Σ_(b,f) dz[b]`, as
  /// ``updateTable(_:input:)``.
  ///
  /// - Parameters:
  ///   - table: the step of V; its `dy` is that of the weights.
  ///   - weights: the step of w, by dz, [rows × 1].
  ///   - sums: what the forward pass left.
  func updateMachine(
    _ table: TableStep<Buffer>, _ weights: TableStep<Buffer>, sums: Buffer, input: Input) throws

  // MARK: Product layers

  /// `y[b,n] = Σ_j (Σ_f θ[f,n] · e[b,f,j])²`: PNN's inner product layer, factorised.
  ///
  /// - Parameters:
  ///   - e: field embeddings, [rows × fields·width].
  ///   - theta: Θ, [fields × outputs].
  ///   - y: [rows × outputs].
  func innerProduct(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, y: Buffer) throws

  /// With `ds[b,j,n] = 2 · dy[b,n] · Σ_f θ[f,n] · e[b,f,j]`: `de[b,f,j] = Σ_n θ[f,n] · ds[b,j,n]`,
  /// `dθ[f,n] = Σ_b Σ_j e[b,f,j] · ds[b,j,n]`.
  func innerProductGradient(
    _ shape: InnerProduct.Shape, rows: Int, e: Buffer, theta: Buffer, dy: Buffer,
    de: GradientTarget<Buffer>, dtheta: Buffer) throws

  /// For each pair of fields f < g: `y[b,(f,g)] = ⟨e[b,f,:], e[b,g,:]⟩`, or
  /// `y[b,(f,g),i,j] = e[b,f,i] · e[b,g,j]`.
  ///
  /// - Parameters:
  ///   - e: field embeddings, [rows × fields·width].
  ///   - y: [rows × pairs], or [rows × pairs·width²].
  func pairProducts(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: Buffer, y: Buffer) throws

  /// `de[b,f,:] = Σ_{g≠f} dy[b,(f,g)] · e[b,g,:]`, or
  /// `de[b,f,i] = Σ_{g>f} Σ_j dy[b,(f,g),i,j] · e[b,g,j] + Σ_{g<f} Σ_j dy[b,(g,f),j,i] · e[b,g,j]`.
  func pairProductsGradient(
    _ kind: PairProducts.Kind, _ shape: Interaction.Shape, rows: Int, e: Buffer, dy: Buffer,
    de: GradientTarget<Buffer>) throws

  /// `y[b,:] = Σ_f e[b,f,:]`, [rows × width].
  func fieldSum(_ shape: Interaction.Shape, rows: Int, e: Buffer, y: Buffer) throws
  /// `de[b,f,:] = dy[b,:]`.
  func fieldSumGradient(
    _ shape: Interaction.Shape, rows: Int, dy: Buffer, de: GradientTarget<Buffer>) throws

  /// `y[b,i,j] = x[b,i] · x[b,j]`, [rows × width²].
  func outerProduct(width: Int, rows: Int, x: Buffer, y: Buffer) throws
  /// `dx[b,i] = Σ_j (dy[b,i,j] + dy[b,j,i]) · x[b,j]`.
  func outerProductGradient(
    width: Int, rows: Int, x: Buffer, dy: Buffer, dx: GradientTarget<Buffer>) throws

  /// `y = a ∘ b`, or `y += a ∘ b`, element by element, `count` scalars; with dy for a or b, its own
  /// gradient.
  func multiply(_ a: Buffer, _ b: Buffer, count: Int, into y: GradientTarget<Buffer>) throws

  // MARK: Dense layer

  /// `y = epilogue(x · W + b)`.
  ///
  /// - Parameters:
  ///   - x: [rows × inputs].
  ///   - weight: W, [inputs × outputs].
  ///   - bias: b, [outputs], or nil.
  ///   - y: [rows × outputs].
  func dense(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, bias: Buffer?, epilogue: Epilogue,
    y: Buffer) throws

  /// `dz = dy ∘ epilogue'(y)`, `dx = (dz · Wᵀ) ∘ below'(x)`, `dW = xᵀ · dz`, `db = Σ_b dz[b,:]`.
  ///
  /// - Parameters:
  ///   - y: the forward pass's output.
  ///   - dy: overwritten with dz.
  ///   - dx: [rows × inputs], or nil where nothing below needs it; does not accumulate where `below`
  ///     is not ``Epilogue/none``.
  ///   - below: what x came out of, where its gradient is taken here as well.
  func denseGradient(
    _ shape: Dense.Shape, rows: Int, x: Buffer, weight: Buffer, epilogue: Epilogue, y: Buffer,
    dy: Buffer, dx: GradientTarget<Buffer>?, below: Epilogue, dweight: Buffer, dbias: Buffer?)
    throws

  /// Whether ``fieldDense(_:input:operands:pass:epilogue:y:)`` is quicker here than ``dense``.
  var multipliesFieldsByID: Bool { get }

  /// ``dense(_:rows:x:weight:bias:epilogue:y:)`` on field embeddings, with Σ_f V[id_f,:] · W_f for its
  /// small fields f from products V_f · W_f made once an id, W_f the rows of W for field f.
  func fieldDense(
    _ shape: FieldDense.Shape, input: Input, operands: FieldDense.Operands<Buffer>,
    pass: FieldDense.Pass, epilogue: Epilogue, y: Buffer) throws

  /// Its gradient. What dx gets in the columns of a small field is right only as the sum over the rows
  /// of each id: the lookup's gradient needs no more.
  ///
  /// - Parameter dy: overwritten with dz.
  func fieldDenseGradient(
    _ shape: FieldDense.Shape, input: Input, operands: FieldDense.Operands<Buffer>,
    epilogue: Epilogue, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>, dweight: Buffer,
    dbias: Buffer?) throws

  // MARK: Activation and dropout

  /// `y = epilogue(x)` element by element, [rows × width].
  func activate(_ epilogue: Epilogue, width: Int, rows: Int, x: Buffer, y: Buffer) throws

  /// `dx = dy ∘ epilogue'(y)`.
  func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>
  ) throws

  // MARK: Batch normalisation

  /// `y = epilogue(γ ∘ (x − μ) / √(σ² + ε) + β)`, column by column.
  ///
  /// In training μ and σ² (divided by rows) are the batch's, and the running statistics move by
  /// `momentum` towards them (towards σ²·rows/(rows−1) for the variance, as is usual; towards σ²
  /// for a single row); with 0 rows nothing moves. In inference they are the running ones.
  ///
  /// - Parameters:
  ///   - x: [rows × width].
  ///   - saved: [2 × width]: in training receives μ, then 1/√(σ² + ε), for the gradient.
  func normalize(
    _ shape: Normalization.Shape, rows: Int, x: Buffer, parameters: NormalizationBuffers<Buffer>,
    saved: Buffer, training: Bool, epilogue: Epilogue, y: Buffer) throws

  /// The gradient of ``normalize(_:rows:x:parameters:saved:training:epilogue:y:)`` in training,
  /// through the batch's mean and variance: with `dz = dy ∘ epilogue'(y)`, x̂ the normalised x,
  /// `dβ = Σ dz`, `dγ = Σ dz ∘ x̂`, `dx = γ/√(σ² + ε) ∘ (dz − dβ/rows − x̂ ∘ dγ/rows)`.
  ///
  /// - Parameter dy: overwritten with dz.
  func normalizeGradient(
    _ shape: Normalization.Shape, rows: Int, x: Buffer, gamma: Buffer, saved: Buffer,
    epilogue: Epilogue, y: Buffer, dy: Buffer, dx: GradientTarget<Buffer>, dgamma: Buffer,
    dbeta: Buffer) throws

  // MARK: Sums

  /// `y = Σ_i x_i`, element by element, `count` scalars.
  func sum(_ terms: [Buffer], count: Int, y: Buffer) throws
  /// `dx = dy`, or `dx += dy`, `count` scalars.
  func passGradient(dy: Buffer, dx: GradientTarget<Buffer>, count: Int) throws

  // MARK: Loss

  /// Sigmoid cross-entropy on logits z with the batch's labels t and sample weights w:
  /// `ℓ_b = max(z,0) − z·t + ln(1 + e^−|z|)`, loss = Σ w·ℓ / Σ w.
  ///
  /// - Parameters:
  ///   - logits: [rows × 1].
  ///   - loss: [2]: the batch's loss is written to the first and added to the second scalar;
  ///     a batch without rows or weight has loss 0.
  ///   - dlogits: receives `w·(σ(z) − t) / Σ w`, [rows × 1].
  func crossEntropy(input: Input, logits: Buffer, loss: Buffer, dlogits: Buffer) throws

  // MARK: Update

  /// `g += λ·w`, the gradient of (λ/2)·‖w‖², over the extent.
  func penalize(_ lambda: Float, weight: Buffer, gradient: Buffer, extent: Extent<Input>) throws

  /// `scale = min(1, limit / (‖g‖ + 10⁻⁶))` with ‖g‖ the norm over all the gradients together.
  ///
  /// - Parameters:
  ///   - gradients: each with what it is a gradient of.
  ///   - squares: of other gradients numbers whose sum is the square of their norm, as
  ///     ``sumTable(_:input:)`` leaves them.
  ///   - scale: [1].
  func clip(
    _ gradients: [(buffer: Buffer, extent: Extent<Input>)],
    squares: [(buffer: Buffer, count: Int)], limit: Float, scale: Buffer) throws

  /// Bounds the gradient of each row of a table that the batch touched, see ``RowClip``; with n the
  /// occurrences of the row's id: `g ← g · min(1, n · max(ratio·‖w‖, floor) / ‖g‖)`.
  ///
  /// - Parameters:
  ///   - width: the table's columns.
  ///   - region: which rows `gradient` has, as in
  ///     ``lookupGradient(_:input:dy:region:dtable:dbias:)``.
  func clipRows(
    _ clip: RowClip, width: Int, input: Input, region: TableRegion, weight: Buffer,
    gradient: Buffer) throws

  /// One step of an optimizer on a parameter, or on the rows of it that a batch touched.
  ///
  /// - Parameters:
  ///   - rate: this step's learning rate.
  ///   - step: how many steps this makes, from 1.
  ///   - gradient: g; multiplied by `scale[0]` first.
  ///   - state: the optimizer's own numbers, see ``Optimizer/stateSizes(rows:columns:)``.
  func update(
    _ optimizer: Optimizer, rate: Float, step: Int, weight: Buffer, gradient: Buffer,
    state: [Buffer], scale: Buffer, extent: Extent<Input>) throws
}

extension Backend {
  /// Does nothing: most backends keep no profile.
  public var usesProcessor: Bool { true }

  public func begin(_ section: @autoclosure () -> String) {}

  /// Writes `values` to the beginning of the buffer.
  public func write(_ values: [Scalar], to buffer: Buffer) throws {
    try write(values, to: buffer, at: 0)
  }
}
