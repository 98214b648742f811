"""Which programs are measured, how they are started, and what each can do."""
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("DEEPFM_PEERS", ROOT / ".cache/peers"))
TRAIN, PREDICT, LATENCY, EPOCH = "train", "predict", "latency", "epoch"


@dataclass(frozen=True)
class Peer:
    name: str
    part: str                       # of setup.sh, or "ours"
    program: str
    arguments: tuple = ()
    models: tuple = ("deepfm", "lr", "fm")
    modes: tuple = (TRAIN, EPOCH)
    main: bool = False              # measured without --full
    environments: tuple = ("stock",)
    dropout: bool = True            # whether it has any
    gpu: bool = False               # whether it runs on a GPU too
    note: str = ""

    @property
    def is_ours(self):
        return self.part == "ours"


ADAGRAD = ("--embedding-optimizer", "adagrad", "--wide-optimizer", "adagrad")
ROWWISE = ("--embedding-optimizer", "rowwise-adagrad", "--wide-optimizer", "rowwise-adagrad")
BOTH = ("stock", "tuned")
PEERS = [
    Peer("deepfm, Adagrad tables", "ours", "bench", ADAGRAD, main=True, gpu=True,
         note="Adagrad a coordinate on touched rows; Adam for the deep part"),
    Peer("deepfm, row-wise Adagrad tables", "ours", "bench", ROWWISE, main=True, gpu=True,
         note="a number of state a row; Adam for the deep part"),
    Peer("deepfm, FTRL", "ours", "bench", ("--optimizer", "ftrl"), models=("lr",), main=True),
    Peer("deepfm, Adam", "ours", "bench", main=True, gpu=True, note="Adam on touched rows"),
    Peer("deepfm", "ours", "bench", modes=(PREDICT, LATENCY), main=True),
    Peer("PyTorch by hand, row-wise Adagrad, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad", "--compile"), main=True, environments=BOTH, gpu=True),
    Peer("PyTorch by hand, row-wise Adagrad, eager", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad"), environments=BOTH, gpu=True),
    Peer("PyTorch by hand, sparse Adam, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "sparse-adam", "--compile"), main=True, environments=BOTH, gpu=True),
    Peer("PyTorch by hand, sparse Adam, eager", "torch", "torch_by_hand.py",
         ("--optimizer", "sparse-adam"), gpu=True),
    Peer("PyTorch by hand, dense fused Adam", "torch", "torch_by_hand.py",
         ("--optimizer", "dense-adam"), main=True, environments=BOTH, gpu=True),
    Peer("PyTorch by hand, dense fused Adam, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "dense-adam", "--compile"), gpu=True),
    Peer("PyTorch by hand, row-wise Adagrad, compiled, TF32", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad", "--compile", "--precision", "high"), environments=(),
         gpu=True, note="products in TF32: ten bits of mantissa"),
    Peer("PyTorch by hand, row-wise Adagrad, compiled, TF32, CUDA graphs", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad", "--compile", "--graphs", "--precision", "high"),
         environments=(), gpu=True, note="what it launches is recorded and launched at once"),
    Peer("deepfm, row-wise Adagrad tables, TF32", "ours", "bench", (*ROWWISE, "--gemm", "tf32"),
         environments=(), gpu=True, note="products in TF32"),
    Peer("deepfm, row-wise Adagrad tables, bfloat16", "ours", "bench", (*ROWWISE, "--gemm", "bfloat16"),
         gpu=True, note="factors of products in bfloat16, sums in floats"),
    Peer("deepfm, bfloat16", "ours", "bench", ("--gemm", "bfloat16"), modes=(PREDICT, LATENCY)),
    Peer("PyTorch by hand, row-wise Adagrad, compiled, bfloat16", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad", "--compile", "--precision", "medium"),
         environments=BOTH, gpu=True, note="the same"),
    Peer("PyTorch, compiled, bfloat16", "torch", "torch_by_hand.py",
         ("--optimizer", "dense-adam", "--compile", "--precision", "medium"),
         modes=(PREDICT, LATENCY), environments=BOTH),
    Peer("PyTorch, eager", "torch", "torch_by_hand.py", ("--optimizer", "dense-adam"),
         modes=(PREDICT, LATENCY), main=True, environments=BOTH),
    Peer("PyTorch, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "dense-adam", "--compile"), modes=(PREDICT, LATENCY), main=True,
         environments=BOTH),
    Peer("ONNX Runtime", "torch", "onnx_peer.py", modes=(PREDICT, LATENCY), main=True,
         note="the model exported from PyTorch"),
    Peer("FBGEMM table-batched embedding, row-wise Adagrad, compiled", "torch", "fbgemm_peer.py",
         ("--compile",), models=("deepfm",), environments=BOTH),
    Peer("FuxiCTR", "torch", "fuxictr_peer.py", main=True, environments=BOTH),
    Peer("DeepCTR-Torch, L2 1e-5", "torch", "deepctr_torch_peer.py", ("--l2", "1e-5"), main=True,
         environments=BOTH, note="its default"),
    Peer("DeepCTR-Torch, no L2", "torch", "deepctr_torch_peer.py"),
    Peer("DeepCTR on TensorFlow", "tensorflow", "deepctr_tf_peer.py", models=("deepfm", "lr")),
    Peer("xLearn", "xlearn", "xlearn_peer.py", models=("lr", "fm"), dropout=False,
         note="one update a sample, whatever the batch; an epoch of all rows a round"),
]


@dataclass(frozen=True)
class Case:
    """What is measured with every peer that can."""
    mode: str
    model: str
    batch: int
    dropout: float = 0.0
    cores: int = 1

    def __str__(self):
        dropout = f", dropout {self.dropout:g}" if self.dropout else ""
        cores = "one core" if self.cores == 1 else f"{self.cores} cores"
        return f"{self.mode} {self.model}, batch {self.batch}{dropout}, {cores}"


@dataclass
class Settings:
    rows: Path                      # the folder of `deepfm bench data`
    row_count: int
    seconds: float                  # the least length of a round
    deepfm: Path
    python: Path | None = None      # instead of the environments that setup.sh makes
    device: str | None = None       # as for `deepfm --device`; None for the cores of the case
    clock: str = "seconds"          # what rates are formed with: seconds, or processor time


def program(peer, settings):
    """The file that is run, which is not there where the peer is not installed."""
    if peer.is_ours:
        return settings.deepfm
    # xLearn's programs are called from a Python that has scikit-learn.
    return settings.python or CACHE / ("torch" if peer.part == "xlearn" else peer.part) / "bin/python"


def command(peer, case, settings):
    """The command line that measures a case, pinned to its cores where it runs on some."""
    line = [program(peer, settings)]
    if settings.device is None:
        line = ["taskset", "-c", "0" if case.cores == 1 else f"0-{case.cores - 1}", *line]
    if peer.is_ours:
        line += [*ours(case), "--rows", settings.row_count]
        line += ["--device", settings.device] if settings.device else []
    else:
        line += [Path(__file__).parent / peer.program, "--rows", settings.rows, "--mode", case.mode,
                 "--model", case.model, "--batch", case.batch, "--cores", case.cores]
        line += ["--device", "cpu" if settings.device in (None, "cpu") else "gpu"]
    line += ["--dropout", case.dropout, "--seconds", settings.seconds, *peer.arguments]
    return [str(part) for part in line]


def ours(case):
    """The arguments of `deepfm` for a case."""
    mode = {LATENCY: PREDICT, EPOCH: TRAIN}.get(case.mode, case.mode)
    measured = {EPOCH: ["--json", "--epoch", "--rounds", "1"], LATENCY: ["--paced", "--latency"]}
    model = {"deepfm": "deepfm-d"}.get(case.model, case.model)
    return ["bench", mode, *measured.get(case.mode, ["--paced"]), "--batches", case.batch,
            "--model", model]


def environment(name, cores, device):
    """The variables a peer is started with: as many threads as cores.

    tuned: MKL takes the kernels that it keeps for Intel's processors, and malloc keeps its memory
    instead of giving large pieces back to the system after each step.
    """
    variables = {"USER": "user", **os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if device is None:
        variables |= {"CUDA_VISIBLE_DEVICES": "", "POCL_MAX_PTHREAD_COUNT": str(cores)}
        for library in ("OMP", "MKL", "OPENBLAS"):
            variables[f"{library}_NUM_THREADS"] = str(cores)
    if name == "tuned":
        variables |= {"LD_PRELOAD": str(CACHE / "tuned/intel.so"), "MALLOC_MMAP_MAX_": "0",
                      "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}
    return variables
