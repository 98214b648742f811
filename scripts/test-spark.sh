#!/bin/bash
# test-spark.sh DEEPFM: encodes a log in parts by a Spark job (examples/spark/encode.py, PySpark of PyPI, Java) and by
# mpirun, and holds both against one run: the encoder byte for byte, and the rows by the model that they train. Spark itself
# writes the log as partitioned Parquet.
. "$(dirname "$0")/lib.sh"

deepfm=$(realpath "$1")
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
parts=3

prepare() {
  command -v java >/dev/null || scripts/install.sh default-jre-headless
  scripts/install.sh openmpi-bin
  environment spark pyspark==4.3.0
  export PYSPARK_PYTHON=$PWD/.cache/spark/bin/python SPARK_LOCAL_IP=127.0.0.1
  "$deepfm" generate --rows 60000 --days 2 --out "$work/log.csv"
  .cache/spark/bin/python - "$work" "$parts" 2>"$work/spark.log" <<'END'
import sys
from pyspark.sql import SparkSession, functions

folder, parts = sys.argv[1], int(sys.argv[2])
spark = SparkSession.builder.getOrCreate()
log = spark.read.csv(f"{folder}/log.csv", header=True, inferSchema=True)
# As a warehouse has it: a folder a day, several files in it.
day = functions.to_date(functions.from_unixtime("time")) if "time" in log.columns else functions.lit("one")
log.withColumn("day", day).repartition(parts).write.partitionBy("day").parquet(f"{folder}/log")
spark.stop()
END
  find "$work/log" -name '*.parquet' | sort >"$work/files"
  mapfile -t files <"$work/files"
  say "Spark has written ${#files[@]} files of Parquet."
  "$deepfm" schema infer "$work/log" >"$work/schema.yaml"
}

one_run() { "$deepfm" encode "${files[@]}" --schema "$work/schema.yaml" --out "$work/one"; }

by_spark() {
  .cache/spark/bin/spark-submit --master "local[2]" examples/spark/encode.py --log "$work/log" \
    --schema "$work/schema.yaml" --deepfm "$deepfm" --out "$work/spark" 2>"$work/spark.log" ||
    die "Spark's job failed: $(tail -30 "$work/spark.log")"
}

by_mpirun() {
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  mkdir "$work/counts" "$work/data"
  cat >"$work/rank.sh" <<'END'
#!/bin/bash
# rank.sh count|apply DEEPFM WORK: this rank's share of the files.
set -euo pipefail
mapfile -t files <"$3/files"
for ((i = OMPI_COMM_WORLD_RANK; i < ${#files[@]}; i += OMPI_COMM_WORLD_SIZE)); do
  name=$(printf %04d "$i")
  case $1 in
    count) "$2" encode count "${files[i]}" --schema "$3/schema.yaml" --out "$3/counts/$name" ;;
    apply) "$2" encode apply "${files[i]}" --encoder "$3/encoder.json" --out "$3/data/$name" ;;
  esac
done
END
  mpirun --oversubscribe -n 2 bash "$work/rank.sh" count "$deepfm" "$work"
  "$deepfm" encode merge "$work"/counts/* --out "$work/encoder.json"
  mpirun --oversubscribe -n 2 bash "$work/rank.sh" apply "$deepfm" "$work"
  "$deepfm" encode join "$work"/data/* --out "$work/mpirun"
}

compare() {
  local name
  for name in one spark mpirun; do
    "$deepfm" train --data "$work/$name" --valid-fraction 0 --model fm --epochs 1 --batch-size 1024 \
      --device cpu --out "$work/run-$name"
  done
  for name in spark mpirun; do
    cmp "$work/one/encoder.json" "$work/$name/encoder.json" || die "$name: another encoder"
    cmp "$work/run-one/model.deepfm" "$work/run-$name/model.deepfm" || die "$name: other rows"
  done
  say "Parts by Spark and by mpirun give the encoder and the rows of one run."
}

step "A log by Spark" prepare
step "One run" one_run
step "By Spark" by_spark
step "By mpirun" by_mpirun
step "Comparison" compare
