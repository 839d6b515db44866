"""What is measured: programs of `programs/`, and the modules of `peers/` that do the same in PyTorch."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    workload: str  # "W1"
    program: str   # programs/PROGRAM.nn, peers/PROGRAM.py
    task: str      # "train" or "infer"
    size: int      # examples in a batch
    data: int      # rows of the data that the program is compiled with

    @property
    def name(self):
        return f"{self.workload} {self.task} {self.size}"


def cases_of(workload, program, train=(), infer=()):
    """Inference is measured with the executable of the smallest batch: it is the same for all."""
    return ([Case(workload, program, "train", size, size) for size in train]
            + [Case(workload, program, "infer", size, min(train)) for size in infer])


CASES = [
    *cases_of("W1", "mlp", train=(64, 256), infer=(1, 64)),
    *cases_of("W2", "lenet", train=(64, 256), infer=(1, 64)),
]
