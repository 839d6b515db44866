"""Holds the table of `early_stopping` against the closed form, and looks at what else the experiment has written."""
import json
import pathlib
import xml.dom.minidom

rows = [line.split(",") for line in pathlib.Path("descent.early_stopping.csv").read_text().split()]
assert rows[0] == ["t", "gap", "to_ridge"], rows
assert [row[0] for row in rows[1:]] == ["1", "10", "100"], rows
for row in rows[1:]:
    assert float(row[1]) < 1e-6, "gradient descent is what the power of the matrix says"
    assert 0 < float(row[2]) < 0.3, "and close to ridge regression"
points = json.loads(pathlib.Path("descent.early_stopping.json").read_text())["points"]
assert [point["t"] for point in points] == ["1", "10", "100"] and len(points[0]["gap"]) == 1
xml.dom.minidom.parse("descent.early_stopping.gap.to_ridge.svg")
