import sys
from pathlib import Path

# The generator of random types and the statement of what a cell is are those of the Parquet reader's test.
sys.path.insert(0, str(Path(__file__).parents[1] / "Parquet"))
