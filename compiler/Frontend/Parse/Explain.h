/// Finds the syntax errors of a file that the generated parser refused, and says what they are.
///
/// Note [Errors by statement]: the generated parser only says that a list of tokens does not fit, and where. To find
/// every independent error and no consequence of one, the file is taken apart: into declarations, those into the lines
/// of their blocks, those into the lines of the blocks inside them. Each line is read alone, with empty braces in the
/// place of its blocks, so that an error stays in its line. What an error is, is found by trying: a repair of a few
/// tokens after which the line fits says what was meant. Brackets that do not match come before all that (Brackets.h);
/// a declaration with such a bracket gets no further error.
#ifndef NOETHER_FRONTEND_PARSE_EXPLAIN_H
#define NOETHER_FRONTEND_PARSE_EXPLAIN_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/Parse/Token.h"

namespace nn::parse {

/// Reports at least one error. `tokens` are those of the whole file, newlines included, which does not parse.
void explainSyntaxErrors(TokenList tokens, uint32_t file, DiagnosticEngine &engine);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_EXPLAIN_H
