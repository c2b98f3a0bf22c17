; Written by `npm run generate` from grammar/grammar.md.
(comment) @comment
(part . (word) @string.special .)
(include (word) @string.special)
(on (word) @string.special)
(string) @string
(escape) @string.escape
"${" @punctuation.special
(literal) @constant.numeric @number
(variable) @variable
(step) @property
(field (name) @property)
(primary . (name) @function . "(")
(primary . (name) @variable . (step))
(interpolation (expression . (primary . (name) @variable .) .))
(command . (word) @function)
(function (word) @function)
(scripted (word) @function)
(part . (word) @function . "(")
(param "as" . (word) @type)
["true" "false" "none"] @constant.builtin
["and" "or" "not"] @keyword.operator
["as" "break" "columns" "continue" "do" "each" "else" "end" "every" "exit" "fail" "finally" "for" "from" "function" "if" "in" "include" "javascript" "on" "on error" "parallel" "param" "return" "step" "switch" "table" "task" "then" "timeout" "to" "try" "until" "wait" "when" "while" "write"] @keyword
["=" "<>" "<" "<=" ">" ">=" "+" "-" "*" "/" "%"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," ":"] @punctuation.delimiter
