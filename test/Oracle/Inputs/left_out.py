"""Operators of ONNX's test data that are not held against the language, and why. What stands here has no case that is compared."""

NO_TEXTS = "tensors of texts are no values of the language"
NO_SEQUENCES = "lists of tensors whose number the run decides are no values of the language"
OPEN_SHAPE = "the shape of its result depends on the values of its inputs"
BITS = "there are no operations on bits"
ROUGH_PI = "its stored outputs were computed with 3.1415 for pi"

OPTIMIZER = "test/Stdlib/onnx.test holds the library's optimizers against its vectors"

OPERATORS = {
    "Adagrad": OPTIMIZER,
    "Adam": OPTIMIZER,
    "Bernoulli": "draws random numbers: each program has its own",
    "BitShift": BITS,
    "BlackmanWindow": ROUGH_PI,
    "Cast": "types do not change on demand: integers become floats where they meet floats, nothing else is converted",
    "CastLike": "as Cast",
    "Compress": OPEN_SHAPE,
    "HammingWindow": ROUGH_PI,
    "HannWindow": ROUGH_PI,
    "MelWeightMatrix": "its filters are rounded to whole bins and spaced by one step less than those of mel scales are",
    "Momentum": OPTIMIZER,
    "NonMaxSuppression": OPEN_SHAPE,
    "NonZero": OPEN_SHAPE,
    "OptionalGetElement": "optional values are no values of the language",
    "OptionalHasElement": "optional values are no values of the language",
    "RoiAlign": "cuts regions of images by a table whose rules no network here needs",
    "SequenceInsert": NO_SEQUENCES,
    "SequenceMap": NO_SEQUENCES,
    "StringNormalizer": NO_TEXTS,
    "TfIdfVectorizer": "counts sequences of words by a table of hashes: a reader's work (`ngrams`), not a tensor's",
    "Unique": OPEN_SHAPE,
}
