"""What is measured: programs of `programs/`, and the modules of `peers/` that do the same in PyTorch."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    workload: str       # "W1"
    program: str        # programs/PROGRAM.nn, peers/PROGRAM.py
    task: str           # "train" or "infer"
    size: int           # examples in a batch
    data: int           # rows of the data that the program is compiled with
    inputs: tuple = ()  # all sizes of inference with these data

    @property
    def name(self):
        return f"{self.workload} {self.task} {self.size}"


def cases_of(workload, program, train, infer=()):
    """Inference is measured with the executable of the smallest batch: it is the same for all."""
    return ([Case(workload, program, "train", size, size, infer if size == min(train) else ()) for size in train]
            + [Case(workload, program, "infer", size, min(train), infer) for size in infer])


CASES = [
    *cases_of("W1", "mlp", train=(64, 256), infer=(1, 64)),
    *cases_of("W2", "lenet", train=(64, 256), infer=(1, 64)),
    *cases_of("W3", "resnet", train=(32,), infer=(1,)),
    *cases_of("W4", "transformer", train=(8,), infer=(1, 64)),
    *cases_of("W5", "deepsets", train=(64,), infer=(1, 64)),
    *cases_of("W6", "gcn", train=(1,)),
    *cases_of("W7", "penalty", train=(64,)),
]
