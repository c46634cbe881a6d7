/**
 * One JSON object and nothing around it. Whitespace and numbers are bounded, so that a model cannot fill its answer
 * with blanks or digits; strings hold what RFC 8259 §7 allows. GBNF: llama.cpp `grammars/README.md`.
 */
export const JSON_OBJECT_GRAMMAR = String.raw`
root    ::= object
value   ::= object | array | string | number | "true" | "false" | "null"
object  ::= "{" space ( member ( "," space member )* )? "}"
member  ::= string ":" space value space
array   ::= "[" space ( element ( "," space element )* )? "]"
element ::= value space
string  ::= "\"" character* "\""
character ::= [^"\\\x00-\x1F\x7F] | "\\" ( ["\\/bfnrt] | "u" hex hex hex hex )
hex     ::= [0-9a-fA-F]
number  ::= "-"? ( "0" | [1-9] [0-9]{0,15} ) ( "." [0-9]{1,15} )? ( [eE] [-+]? [0-9]{1,2} )?
space   ::= " "? | "\n" [ \t]{0,20}
`.trim()
