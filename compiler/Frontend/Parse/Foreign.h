/// Recognizes lines that are written as in another language. Private to this folder.
#ifndef NOETHER_FRONTEND_PARSE_FOREIGN_H
#define NOETHER_FRONTEND_PARSE_FOREIGN_H

#include "Frontend/Parse/Sentences.h"

namespace nn::parse {

/// Reports what the line takes from Python, C, Julia or their like, with our way to say it; the word or sign in
/// question. Empty, and nothing is reported, if the line is wrong in another way.
llvm::StringRef explainForeign(const BadLine &line, uint32_t file, DiagnosticEngine &engine);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_FOREIGN_H
