"""How the operators of ONNX are said in the language, by family."""
import elementwise, networks, reductions, shapes, windows  # noqa: E401, F401: they register what they say
from cases import EMITTERS  # noqa: F401

WINDOWS = {"AveragePool", "Conv", "ConvInteger", "ConvTranspose", "GlobalAveragePool", "GlobalMaxPool", "MaxPool", "MaxUnpool"}
