"""Writes the small molecules of the G2 set, as ase holds it in its source, as frames of an .xyz file: those of hydrogen, carbon, nitrogen
and oxygen with 3 to 10 atoms. molecules.py g2_1.py g2_2.py OUT.xyz"""
import ast
import re
import sys


def molecules(source: str) -> dict:
    """What is assigned to `data` in a source file."""
    for statement in ast.parse(open(source, encoding="utf-8").read()).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "data":
            return ast.literal_eval(statement.value)
    raise SystemExit(f"{source} holds no molecules")


def atoms_of(formula: str) -> list:
    """`CH3OH` as a list of its atoms."""
    return [name for name, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula) for _ in range(int(count or 1))]


def main() -> None:
    *sources, target = sys.argv[1:]
    everything = {name: molecule for source in sources for name, molecule in molecules(source).items()}
    with open(target, "w", encoding="utf-8") as out:
        for name, molecule in sorted(everything.items()):
            atoms = atoms_of(molecule["symbols"])
            if not set(atoms) <= set("HCNO") or not 3 <= len(atoms) <= 10:
                continue
            out.write(f"{len(atoms)}\n{name}\n")
            for atom, place in zip(atoms, molecule["positions"]):
                out.write(f"{atom} " + " ".join(f"{x:.6f}" for x in place) + "\n")


main()
