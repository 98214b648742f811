"""Which programs are measured, how they are started, and what each can do."""
import os
from dataclasses import dataclass, field
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
    note: str = ""

    @property
    def is_ours(self):
        return self.part == "ours"


ADAGRAD = ("--embedding-optimizer", "adagrad", "--wide-optimizer", "adagrad")
BOTH = ("stock", "tuned")
PEERS = [
    Peer("deepfm, Adagrad tables", "ours", "bench", ADAGRAD, main=True,
         note="Adagrad a coordinate on touched rows; Adam for the deep part"),
    Peer("deepfm, Adam", "ours", "bench", main=True, note="Adam on touched rows"),
    Peer("deepfm", "ours", "bench", modes=(PREDICT, LATENCY), main=True),
    Peer("PyTorch by hand, row-wise Adagrad, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad", "--compile"), main=True, environments=BOTH),
    Peer("PyTorch by hand, row-wise Adagrad, eager", "torch", "torch_by_hand.py",
         ("--optimizer", "rowwise-adagrad"), environments=BOTH),
    Peer("PyTorch by hand, sparse Adam, compiled", "torch", "torch_by_hand.py",
         ("--optimizer", "sparse-adam", "--compile"), main=True, environments=BOTH),
    Peer("PyTorch by hand, sparse Adam, eager", "torch", "torch_by_hand.py",
         ("--optimizer", "sparse-adam")),
    Peer("PyTorch by hand, dense fused Adam", "torch", "torch_by_hand.py",
         ("--optimizer", "dense-adam"), main=True, environments=BOTH),
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
    seconds: float
    deepfm: Path = ROOT / ".build/release/deepfm"
    extra: list = field(default_factory=list)


def command(peer, case, settings):
    """The command line that measures a case, pinned to its cores."""
    pin = ["taskset", "-c", "0" if case.cores == 1 else f"0-{case.cores - 1}"]
    if not peer.is_ours:
        python = CACHE / ("torch" if peer.part == "xlearn" else peer.part) / "bin/python"
        return [*pin, python, Path(__file__).parent / peer.program, "--rows", settings.rows,
                "--mode", case.mode, "--model", case.model, "--batch", str(case.batch),
                "--dropout", str(case.dropout), "--cores", str(case.cores), "--seconds",
                str(settings.seconds), *peer.arguments]
    mode = PREDICT if case.mode == LATENCY else TRAIN if case.mode == EPOCH else case.mode
    measured = {EPOCH: ["--json", "--epoch", "--rounds", "1", "--seconds", "0.1"],
                LATENCY: ["--paced", "--latency"]}.get(case.mode, ["--paced"])
    return [*pin, settings.deepfm, "bench", mode, *measured, "--seconds", str(settings.seconds),
            "--batches", str(case.batch), "--model",
            {"deepfm": "deepfm-d"}.get(case.model, case.model), "--dropout", str(case.dropout),
            *peer.arguments, *settings.extra]


def environment(name, cores):
    """The variables a peer is started with.

    tuned: MKL takes the kernels that it keeps for Intel's processors, and malloc keeps its memory
    instead of giving large pieces back to the system after each step.
    """
    variables = dict(os.environ, CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3",
                     PYTHONWARNINGS="ignore", USER=os.environ.get("USER", "user"))
    for threads in ("OMP", "MKL", "OPENBLAS"):
        variables[f"{threads}_NUM_THREADS"] = str(cores)
    if name == "tuned":
        variables |= {"LD_PRELOAD": str(CACHE / "tuned/intel.so"), "MALLOC_MMAP_MAX_": "0",
                      "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_TOP_PAD_": "268435456"}
    return variables
