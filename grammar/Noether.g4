// The grammar of Noether. No actions, no predicates, nothing ambiguous: the levels of expressions are spelled out, and a
// filter between lexer and parser removes every NL that does not end a statement (README.md beside this file).
// In the generated C++ no rule may be named `and`, `or` or `not`.
grammar Noether;

// ---- a file, and pieces of it that the parser also reads alone

file        : sep* (top (sep+ top)* sep*)? EOF ;
loneTop     : top EOF ;
loneStmt    : stmt EOF ;
loneClause  : clause EOF ;
loneExpItem : expItem EOF ;

sep : NL | ';' ;

// ---- declarations

top
    : use
    | instance
    | function
    | typeAlias
    | group
    | data
    | claim
    | train
    | experiment
    | report
    | stmt
    ;

use        : 'use' (STRING | path) ('as' name)? ;
instance   : 'model' name '=' expr ;
function   : role name params params? ('->' type)? ('=' expr | block) ;
role       : 'model' | 'fn' | 'loss' | 'regularizer' | 'optimizer' | 'schedule' | 'command' ;
params     : '(' (param (',' param)* ','?)? ')' ;
param      : name (':' type)? ('=' expr)? ;
typeAlias  : 'type' name ('[' name (',' name)* ']')? '=' type ;
group      : 'group' name params? '=' expr ;
data       : 'data' name (':' type)? '=' expr ;
claim      : ('invariant' | 'equivariant') postfix 'under' action (',' action)* ('within' expr)?
           | ('convex' | 'linear') postfix 'in' postfix
           ;
train      : 'train' (subject=expr ('on' source=expr)? | 'on' source=expr)? '{' sep* (clause (sep+ clause)* sep*)? '}' ;
experiment : 'experiment' name '{' sep* (expItem (sep+ expItem)* sep*)? '}' ;
report     : 'report' ('every' every=expr ('step' | 'steps'))? (lhs '=')? value=expr ('as' form=name)? ;

// ---- statements

block : '{' sep* (stmt (sep+ stmt)* sep*)? '}' ;

stmt
    : 'param' name ':' type (('~' | '=') expr)? ('invariant' 'under' action (',' action)*)?   # paramStmt
    | 'state' name (':' type)? '=' expr                                                      # stateStmt
    | 'update' name '=' expr                                                                 # updateStmt
    | 'derivative' name '=' expr                                                             # derivativeStmt
    | lhs (':' type)? ('=' | '~') expr                                                       # bindStmt
    | expr                                                                                   # exprStmt
    ;

lhs    : name ('[' binder (',' binder)* ']')? | '(' name (',' name)+ ')' ;
binder : '..' name | name ('<' add)? | INT ;

// ---- groups and what they act on: G on x.n and kind.n -> output.n

action : mul ('on' spaces ('->' spaces)?)? ;
spaces : space ('and' space)* ;
space  : axes ('by' postfix)? ;
axes   : INT | '(' INT (',' INT)+ ')' | path ('.' (INT | '(' axis (',' axis)+ ')'))? ;
axis   : name | INT ;
path   : name ('.' word)* ;

// ---- training and experiments

clause
    : ('minimize' | 'maximize') objective=expr ('over' over=expr)? ('using' optimizer=expr)?
      ('every' every=expr ('step' | 'steps'))? ('subject' 'to' constraint=expr)?       # playerClause
    | 'using' expr                                                                     # usingClause
    | 'for' count=expr ('epoch' | 'epochs' | 'step' | 'steps') ('in' 'batches' 'of' batch=expr)?   # forClause
    | 'augment' 'all'? action (',' name ':' expr)?                                     # augmentActionClause
    | 'augment' name '=' expr                                                          # augmentNameClause
    | 'stop' 'when' expr                                                               # stopClause
    | 'keep' 'best' expr                                                               # keepClause
    | 'subject' 'to' expr                                                              # subjectClause
    | 'compute' name                                                                   # computeClause
    | claim                                                                            # claimClause
    | report                                                                           # reportClause
    | stmt                                                                             # stmtClause
    ;

expItem
    : 'sweep' name 'in' expr                                   # sweepItem
    | 'plot' expr (',' expr)* 'against' expr (',' expr)*       # plotItem
    | top                                                      # topItem
    ;

// ---- types

type
    : '(' field (',' field)* ')' ('->' type)?                  # tupleType
    | 'like' postfix                                           # likeType
    | path ('(' expr ')')? (brackets='[' (dim (',' dim)*)? ']')?   # namedType
    ;
field : (word ':')? type ;
dim   : '..' name? | (name ':')? add ('<=' add)? ;

// ---- expressions, loosest first

expr   : ifExpr | lambda | pipe ;
ifExpr : 'if' expr 'then' expr 'else' expr ;
lambda : (name | '(' (name (',' name)*)? ')') '=>' (expr | block) ;
pipe   : disj ('|>' disj)* ('|>' (lambda | ifExpr))? ;
disj   : conj ('or' conj)* ;
conj   : neg ('and' neg)* ;
neg    : 'not' neg | cmp ;
cmp    : add (('==' | '!=' | '<' | '<=' | '>' | '>=') add)? ;
add    : mul (('+' | '-') mul)* ;
mul    : unary (('*' | '/' | '%' | '@') unary)* (('*' | '/' | '%' | '@') reduce)?
       | reduce
       ;
reduce : '-' reduce
       | reducer '[' binder (',' binder)* ('where' expr)? ']' mul
       ;
unary  : '-' unary | power ;
power  : postfix ('^' unary)? ;
postfix: atom suffix* ;
suffix : '.' (word | INT | FLOAT)          # memberSuffix    // x.0.1 has the tokens x . 0.1
       | args                              # callSuffix
       | '[' index (',' index)* ']'        # indexSuffix
       ;
atom   : name                              # nameAtom
       | reducer args                      # reducerAtom
       | INT                               # intAtom
       | FLOAT                             # floatAtom
       | STRING                            # stringAtom
       | ('true' | 'false')                # boolAtom
       | 'inf'                             # infAtom
       | '(' arg (',' arg)* trailing=','? ')'       # tupleAtom
       | '[' (expr (',' expr)* ','?)? ']'  # listAtom
       ;
args   : '(' (arg (',' arg)* ','?)? ')' ;
arg    : (word ':')? (expr ('on' spaces ('->' spaces)?)? | reducer) ;
index  : '..' name? | expr ('..' expr)? ;
reducer: 'sum'|'mean'|'max'|'min'|'prod'|'logsumexp'|'argmax'|'argmin'|'any'|'all' ;

// Contextual words: keywords that introduce a name or follow an expression are names everywhere else.
name : ID
     | 'use'|'as'|'model'|'fn'|'loss'|'regularizer'|'optimizer'|'schedule'|'command'|'type'|'group'|'data'
     | 'experiment'|'derivative'|'under'|'by'|'within'|'over'|'every'|'step'|'steps'|'epoch'|'epochs'|'in'|'batches'|'of'
     | 'when'|'keep'|'best'|'stop'|'sweep'|'against'|'state'|'update'|'param'|'where'
     | 'convex'|'linear'|'subject'|'to'|'compute'
     ;

// Any word, also a reserved one: after '.', before ':' in an argument or a record.
word : name | reducer
     | 'if'|'then'|'else'|'and'|'or'|'not'|'true'|'false'|'inf'
     | 'on'|'like'|'train'|'minimize'|'maximize'|'using'|'for'|'augment'|'report'|'plot'|'invariant'|'equivariant'
     ;

// ---- tokens

FLOAT   : DIGIT+ '.' DIGIT+ EXP? | DIGIT+ EXP ;
INT     : DIGIT+ ;
ID      : LETTER (LETTER | DIGIT)* ;
STRING  : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
NL      : '\r'? '\n' ;
WS      : [ \t]+ -> channel(HIDDEN) ;
DOC     : '///' (~[/\r\n] ~[\r\n]*)? -> channel(HIDDEN) ;
COMMENT : '//' ~[\r\n]* -> channel(HIDDEN) ;
// What is no token; the parser says what is wrong with it.
OPEN_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;
OTHER       : . ;

fragment DIGIT  : [0-9] ;
fragment EXP    : [eE] [+-]? DIGIT+ ;
// Latin and Greek; of the Greek block the letters without accents, and the variants mathematics uses.
fragment LETTER : [A-Za-z_] | [\u0391-\u03A1\u03A3-\u03A9\u03B1-\u03C9] | [\u03D1\u03D5\u03D6\u03F0\u03F1\u03F5] ;
