"""What is measured: programs of `programs/`, and the modules of `peers/` that do the same in PyTorch."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    workload: str       # "W1"
    program: str        # programs/PROGRAM.nn, peers/PROGRAM.py
    task: str           # "train", "infer" or "command"
    what: object        # examples in a batch, or the command
    data: int = 0       # rows of the data that the program is compiled with
    inputs: tuple = ()  # all sizes of inference with these data
    result: str = ""    # of a command with several

    @property
    def name(self):
        return f"{self.workload} {self.what}" if self.task == "command" else f"{self.workload} {self.task} {self.what}"


def cases_of(workload, program, train, infer=()):
    """Inference is measured with the executable of the smallest batch: it is the same for all."""
    return ([Case(workload, program, "train", size, size, infer if size == min(train) else ()) for size in train]
            + [Case(workload, program, "infer", size, min(train), infer) for size in infer])


CONTRACTIONS = ("product", "permuted", "grouped", "windowed", "convolution", "channels_last")

CASES = [
    *cases_of("W1", "mlp", train=(64, 256), infer=(1, 64)),
    *cases_of("W2", "lenet", train=(64, 256), infer=(1, 64)),
    *cases_of("W3", "resnet", train=(32,), infer=(1,)),
    *cases_of("W4", "transformer", train=(8,), infer=(1, 64)),
    *cases_of("W5", "deepsets", train=(64,), infer=(1, 64)),
    *cases_of("W6", "gcn", train=(1,)),
    *cases_of("W7", "penalty", train=(64,)),
    *cases_of("S", "small", train=(1, 16), infer=(1,)),
    Case("W8", "elementwise", "command", "forward"),
    Case("W8", "elementwise", "command", "both", result="dx"),
    *(Case("K", "contractions", "command", name) for name in CONTRACTIONS),
]
