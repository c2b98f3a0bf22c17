(function) @local.scope
(function (word) @local.definition)
(scripted (word) @local.definition)
(parameter (variable) @local.definition)
(assignment (variable) @local.definition)
(param (variable) @local.definition)
(for (variable) @local.definition)
(primary (variable) @local.reference)
(string (variable) @local.reference)
