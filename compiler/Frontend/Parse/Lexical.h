/// What is wrong with a file before its grammar is looked at: characters, strings, numbers.
#ifndef NOETHER_FRONTEND_PARSE_LEXICAL_H
#define NOETHER_FRONTEND_PARSE_LEXICAL_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/Parse/Token.h"

namespace nn::parse {

/// False, after a report, if the file is not UTF-8 text.
bool checkText(uint32_t file, DiagnosticEngine &engine);

/// Reports characters that begin no token, strings without an end and malformed numbers, and puts in their place what
/// was most likely meant, so that the rest can be read. The result is where (bytes) something was reported.
std::vector<uint32_t> repairTokens(TokenList &tokens, uint32_t file, DiagnosticEngine &engine);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_LEXICAL_H
