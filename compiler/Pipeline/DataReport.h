/// What `nnc check` says about data sets, parameters with a symmetry, losses and regularizers.
#ifndef NOETHER_PIPELINE_DATAREPORT_H
#define NOETHER_PIPELINE_DATAREPORT_H

#include "Frontend/Sema/Checked.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

/// Rows of each split, and a line a field: its type, its range or how often each class stands in the training split,
/// and how many values are missing.
void printDataReport(const checked::Program &program, llvm::raw_ostream &out);

/// The parameters with a symmetry: how many numbers each is made of, and how.
void printSymmetricParameters(const checked::Program &program, llvm::raw_ostream &out);

/// The losses and regularizers of the program, with what is known of their lowest values.
void printRoles(const checked::Program &program, llvm::raw_ostream &out);

} // namespace nn

#endif
