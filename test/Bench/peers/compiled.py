"""A workload under torch.compile: called like run.py, with a PyTorch that has it."""
import run
import torch

loaded = run.loaded
run.loaded = lambda workload, folder: torch.compile(loaded(workload, folder))
command = run.command


def compiled_command(workload, folder, name, runs):
    functions = {key: (torch.compile(function), arguments)
                 for key, (function, arguments) in workload.commands(run.numpy.random.default_rng(0)).items()}
    workload.commands = lambda random: functions
    return command(workload, folder, name, runs)


run.command = compiled_command
run.main()
