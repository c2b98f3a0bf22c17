#compdef understudy
# zsh completion for understudy(1). Made by npm run generate from the definitions of the help.

_understudy() {
  local curcontext="$curcontext" state
  local -a line verbs
  _arguments -C '(-V --version)'{-V,--version}'[print the version]' '(-h --help)'{-h,--help}'[display help for command]' '1: :->verb' '*:: :->words' && return
  if [[ $state == verb ]]; then
    verbs=(
      'run:check a script, then run it; --NAME VALUE sets a PARAM, --NAME-file FILE one AS secret'
      'rehearse:run a script against simulated servers and a scenario of disasters, in virtual time; PARAMs as for run'
      'simulate:play random histories of whole clusters with all their faults, in virtual time'
      'check:report every error of scripts; nothing runs'
      'fmt:write scripts in their canonical form; - is the standard input'
      'repl:the prompt'
      'lsp:the language server for editors, on standard input and output'
      'plan:what run would do, command by command; nothing is changed, and nobody is asked without --ask'
      'runs:what earlier and present runs did'
      'serve:run a server until SIGTERM'
      'pair:print this server'\''s name, fingerprint and a one-time code; or, with a code, trust another server'
      'status:what the server of a home is doing'
    )
    _describe -t verbs 'verb' verbs
    return
  fi
  case $line[1] in
    run)
      _arguments \
        '--max-steps[most rounds of loops, calls and commands (1000000000)]:count: ' \
        '--max-time[how long the script may take (no limit)]:duration: ' \
        '--max-memory[most memory of the process (1GB, or half of what Node.js has)]:size: ' \
        '--max-depth[how deep functions may call each other (400)]:count: ' \
        '--max-output[most output of WRITE and commands (1GB)]:size: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '--stay[keep the connections of an embedded run until Ctrl-C]' \
        '1:file:_files -g "*.dtcl"' \
        '*:parameters: '
      ;;
    rehearse)
      _arguments \
        '--scenario[what fails when, and what has to hold at the end (docs/rehearsal.md)]:file:_files' \
        '--format[]:format:(text json)' \
        '--seed[decides what is left to chance]:number: ' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:file:_files -g "*.dtcl"' \
        '*:parameters: '
      ;;
    simulate)
      _arguments \
        '--seed[the first seed]:n: ' \
        '--runs[how many histories, one for each seed]:n: ' \
        '--minutes[end after so many minutes]:m: ' \
        '--scenario[play this history instead]:file:_files' \
        '--no-shrink[do not look for the shortest history that still fails]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    check)
      _arguments \
        '--format[]:format:(text json sarif)' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '*:files:_files -g "*.dtcl"'
      ;;
    fmt)
      _arguments \
        '--check[change nothing; name the files that would change, and end with 1 when there are any]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '*:files:_files -g "*.dtcl"'
      ;;
    repl)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    lsp)
      _arguments \
        '--stdio[as editors say; there is no other way]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    plan)
      _arguments \
        '--max-steps[most rounds of loops, calls and commands (1000000000)]:count: ' \
        '--max-time[how long the script may take (no limit)]:duration: ' \
        '--max-memory[most memory of the process (1GB, or half of what Node.js has)]:size: ' \
        '--max-depth[how deep functions may call each other (400)]:count: ' \
        '--max-output[most output of WRITE and commands (1GB)]:size: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--format[]:format:(text json)' \
        '--ask[also ask the servers, with calls that only read, what stands in the way]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:file:_files -g "*.dtcl"' \
        '*:parameters: '
      ;;
    runs)
      _arguments -C '1: :->verb' '*:: :->words' && return
      if [[ $state == verb ]]; then
        verbs=(
          'list:all runs that are kept, and what became of them'
          'show:the commands and results of a run'
        )
        _describe -t verbs 'verb' verbs
        return
      fi
      case $line[1] in
        list)
          _arguments \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[print a JSON object]' \
            '(-h --help)'{-h,--help}'[display help for command]'
          ;;
        show)
          _arguments \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[print a JSON object]' \
            '(-h --help)'{-h,--help}'[display help for command]' \
            '1:id: '
          ;;
      esac
      ;;
    serve)
      _arguments \
        '--name[what the server is called; needed on the first start, unless the home has a server.json]:name: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--listen[where links from other servers are accepted]:host:port: ' \
        '--api[where the API is offered to paired servers]:host:port: ' \
        '--json[say ready as a JSON object]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    pair)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--code[the code that understudy pair printed on the other server]:code: ' \
        '--allow[what the other server may do here\: source, target, monitor, operator, with commas]:roles: ' \
        '--json[print a JSON object]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:address: '
      ;;
    status)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[print a JSON object]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
  esac
}

_understudy "$@"
