/// The figures of *DeepFM: A Factorization-Machine based Neural Network for CTR Prediction* (Guo et al.,
/// IJCAI 2017), tables 2 and figure 6, by the names that models have here.
enum PaperFigures {
  /// AUC and log loss on the two data sets.
  struct Quality {
    let companyAUC: Double
    let companyLogLoss: Double
    let criteoAUC: Double
    let criteoLogLoss: Double
  }

  /// From the worst AUC on Criteo to the best, but for the two rows whose AUC and log loss contradict
  /// each other in print.
  static let quality: [String: Quality] = [
    "lr": Quality(0.8640, 0.02648, 0.7686, 0.47762),
    "fm": Quality(0.8678, 0.02633, 0.7892, 0.46077),
    "fnn": Quality(0.8683, 0.02629, 0.7963, 0.45738),
    "ipnn": Quality(0.8664, 0.02637, 0.7972, 0.45323),
    "opnn": Quality(0.8658, 0.02641, 0.7982, 0.45256),
    "pnn": Quality(0.8672, 0.02636, 0.7987, 0.45214),
    "lr-dnn": Quality(0.8673, 0.02634, 0.7981, 0.46772),
    "fm-dnn": Quality(0.8661, 0.02640, 0.7850, 0.45382),
    "deepfm-d": Quality(0.8715, 0.02618, 0.8007, 0.45083),
  ]

  /// Training time divided by LR's on Criteo, pre-training apart.
  struct Efficiency {
    let cpu: Double
    let gpu: Double
    var cpuPretraining = 0.0
    var gpuPretraining = 0.0
  }

  static let efficiency: [String: Efficiency] = [
    "lr": Efficiency(cpu: 1, gpu: 1),
    "fnn": Efficiency(cpu: 1.89, gpu: 1.28, cpuPretraining: 1.32, gpuPretraining: 0.95),
    "lr-dnn": Efficiency(cpu: 1.89, gpu: 1.41),
    "fm-dnn": Efficiency(cpu: 2.15, gpu: 1.32),
    "ipnn": Efficiency(cpu: 37.61, gpu: 2.77),
    "opnn": Efficiency(cpu: 1.92, gpu: 1.29),
    "pnn": Efficiency(cpu: 30.44, gpu: 2.19),
    "deepfm-d": Efficiency(cpu: 2.00, gpu: 1.32),
  ]
}

extension PaperFigures.Quality {
  fileprivate init(_ companyAUC: Double, _ companyLoss: Double, _ auc: Double, _ loss: Double) {
    self.init(
      companyAUC: companyAUC, companyLogLoss: companyLoss, criteoAUC: auc, criteoLogLoss: loss)
  }
}
