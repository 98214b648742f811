#!/bin/bash
# setup.sh [PART...]: makes the Python environments of the peers in .cache/peers, once; parts are
# torch (PyTorch, FuxiCTR, DeepCTR-Torch, FBGEMM, ONNX Runtime), tensorflow (DeepCTR), xlearn and
# tuned; these if none is named. recbole is for an experiment, and made only if named. A part that
# cannot be installed is named at the end, and its peers are reported as missing by run.py. Everything
# comes from the Python registry; 3 GB on disk.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
cache=${DEEPFM_PEERS:-$PWD/.cache/peers}
mkdir -p "$cache"
cd "$cache" || exit

# install_pytorch ENVIRONMENT: the wheel without CUDA is 200 MB instead of 4 GB, where it can be had.
install_pytorch() {
  "$1"/bin/pip install -q 'torch==2.13.0+cpu' 2>/dev/null ||
    "$1"/bin/pip install -q 'torch==2.13.0+cpu' \
      --extra-index-url https://download.pytorch.org/whl/cpu ||
    "$1"/bin/pip install -q torch
}

# DeepCTR-Torch and FBGEMM name versions of their dependencies that no longer go together; the
# newest of each work.
make_torch() {
  python3 -m venv torch &&
    torch/bin/pip install -q wheel setuptools numpy && install_pytorch torch &&
    torch/bin/pip install -q --no-deps deepctr-torch==0.3.0 fuxictr==2.3.10 &&
    torch/bin/pip install -q h5py pandas polars pyarrow pydantic pyyaml scikit-learn tqdm requests \
      'ray[data]>=2.52.0' || return
  torch/bin/pip install -q onnx onnxruntime onnxscript ||
    echo "setup.sh: no ONNX Runtime" >&2
  torch/bin/pip install -q --no-deps fbgemm-gpu-cpu==1.8.0 torchrec==1.8.0 &&
    torch/bin/pip install -q pyre-extensions tensordict torchmetrics iopath 2>/dev/null ||
    echo "setup.sh: no FBGEMM" >&2
}

make_tensorflow() {
  python3 -m venv tensorflow &&
    tensorflow/bin/pip install -q tensorflow-cpu==2.15.1 'numpy<2' scikit-learn requests h5py &&
    tensorflow/bin/pip install -q --no-deps deepctr==0.9.4
}

# xLearn's wheel is for an old macOS only: its C++ sources, which the registry has too, are built.
make_xlearn() {
  python3 -m venv xlearn && xlearn/bin/pip install -q cmake &&
    xlearn/bin/pip download -q --no-deps --no-binary :all: -d xlearn xlearn==0.40a1
  tar -C xlearn -xzf xlearn/xlearn-0.40a1.tar.gz || return
  mkdir -p xlearn/build && cd xlearn/build &&
    ../bin/cmake -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_BUILD_TYPE=Release \
      ../xlearn-0.40a1/compile >/dev/null && make xlearn_train xlearn_predict >/dev/null
}

# MKL takes its best kernels only on processors that say they are Intel's; this library says so for
# them. It is half of what run.py calls the tuned environment; the other half is a malloc that keeps
# its memory.
make_tuned() {
  mkdir -p tuned
  echo 'int mkl_serv_intel_cpu_true(void) { return 1; }' >tuned/intel.c
  cc -shared -fPIC -o tuned/intel.so tuned/intel.c
}

# For Benchmarks/experiments/recbole_peer.py. RecBole asks for a NumPy before 2, and names a tuner and a log
# viewer that it imports but need not have.
make_recbole() {
  python3 -m venv recbole && install_pytorch recbole &&
    recbole/bin/pip install -q --no-deps recbole==1.2.1 &&
    recbole/bin/pip install -q 'numpy<2' 'scipy<1.14' 'pandas<2.3' scikit-learn pyyaml tqdm \
      colorlog colorama tabulate texttable psutil tensorboard thop
}

(($#)) || set -- torch tensorflow xlearn tuned
missing=()
for part; do
  [[ -e $part/complete ]] && continue
  echo "==> $part" >&2
  if ("make_$part") >&2; then touch "$part/complete"; else missing+=("$part"); fi
done
((${#missing[@]} == 0)) || echo "setup.sh: could not install: ${missing[*]}" >&2
