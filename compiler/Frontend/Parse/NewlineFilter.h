/// The filter between lexer and parser that removes the newlines which end no statement.
#ifndef NOETHER_FRONTEND_PARSE_NEWLINEFILTER_H
#define NOETHER_FRONTEND_PARSE_NEWLINEFILTER_H

#include "Frontend/Parse/Token.h"

namespace nn::parse {

/// Drops a newline when
///   (a) the innermost open bracket is `(` or `[`;
///   (b) the token before it cannot end a statement: a binary operator, one of `= ~ , : . .. => -> ( [`, or one of
///       `and or not if then else`;
///   (c) the token after it cannot begin one: one of `+ * / % @ ^ == != < <= > >= |> => -> ) ] , . = {`, or one of
///       `and or then else`;
///   (d) the token after it is `-` followed by a blank: a difference, where `-x` would begin a line.
/// Also collapses several newlines into one and drops those at the beginning and at the end.
TokenList filterNewlines(const TokenList &tokens);

/// (b) and (c), (d), for whoever needs to know why a line continues. `next` is where `-` is followed by a blank.
bool continuesAfter(const Token &previous);
bool continuesBefore(const Token &next, const Token *afterNext);

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_NEWLINEFILTER_H
