#compdef understudy
# zsh completion for understudy(1). Made by npm run generate from the definitions of the help.

_understudy() {
  local curcontext="$curcontext" state
  local -a line verbs
  _arguments -C '(-V --version)'{-V,--version}'[print the version]' '(-h --help)'{-h,--help}'[display help for command]' '1: :->verb' '*:: :->words' && return
  if [[ $state == verb ]]; then
    verbs=(
      'init:set up the server of a home; on a terminal it asks for what no option says'
      'serve:run a server until SIGTERM'
      'pair:print this server'\''s name, fingerprint and a one-time code; or, with a code, trust another server'
      'status:what the server of a home is doing; ends with 0 healthy, 1 warning, 2 error, 3 not known'
      'events:what has happened on the server of a home, the oldest first'
      'connect:connects a saved replication set of the source to a target'
      'disconnect:ends a connection'
      'verify:compares the replica with the source and writes the verification log'
      'snapshot:states of a replica to go back to: take, list, revert, delete'
      'failover:lets the target take the source'\''s place'
      'run:check a script, then run it; --NAME VALUE sets a PARAM, --NAME-file FILE one AS secret'
      'exec:run a script from the command line, one line in each argument, against the servers of a home'
      'repl:the prompt'
      'runs:what earlier and present runs did'
      'mount:put a filter over folders, before any program uses them, for CONNECT ... CAPTURE FILTER'
      'unmount:take the filter away that is over folders'
      'check:report every error of scripts; nothing runs'
      'fmt:write scripts in their canonical form; - is the standard input'
      'plan:what run would do, command by command; nothing is changed, and nobody is asked without --ask'
      'rehearse:run a script against simulated servers and a scenario of disasters, in virtual time; PARAMs as for run'
      'simulate:play random histories of whole clusters with all their faults, in virtual time'
      'lsp:the language server for editors, on standard input and output'
    )
    _describe -t verbs 'verb' verbs
    return
  fi
  case $line[1] in
    init)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--name[what the server is called]:name: ' \
        '--listen[where links from other servers are accepted]:host:port: ' \
        '--api[where the API is offered to paired servers, or none]:host:port: ' \
        '--replicas[folders below which paired servers may make replicas]:folder...: ' \
        '--yes[ask nothing]' \
        '(-h --help)'{-h,--help}'[display help for command]'
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
        '--check[print one line for monitoring systems (docs/monitoring.md)]' \
        '--watch[show it live on this terminal; q ends]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    events)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--follow[go on with what happens, until Ctrl-C]' \
        '--severity[only this severity and what is worse]:severity:(information warning error)' \
        '--id[only these events, by number or name\: 5001, link.lost]:event...: ' \
        '--job[only those of a connection, by its number, name or id]:connection: ' \
        '--last[only the newest]:count: ' \
        '--since[only those of the last time\: 1h, 30m]:duration: ' \
        '--json[one JSON object per line]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
    connect)
      _arguments \
        '--to-tdu[no target\: a throughput diagnosis, which captures, mirrors, compresses and counts as for one, and lets go of everything; its figures go, a line a minute, to this file of the source, an absolute path or a name among its logs; without one, statistic.sts. STATUS JOB and DISCONNECT say what bandwidth a target would need]:tdu: ' \
        '--to[the target]:target: ' \
        '--map[EXACT for the same paths on the target, or which path becomes which; may be given again]:exact|from=to: ' \
        '--mirror[what the mirror compares, and whether it sends whole files or what differs; NONE compares nothing and sends everything; otherwise attributes-delta]:mirror:(none attributes-whole attributes-delta data-delta)' \
        '--orphans[what happens to files that exist only on the target; KEEP leaves those that were there before the first mirror, all others the source had and lost; otherwise delete]:orphans:(keep delete)' \
        '--name[a name for the connection; without it, the replication set'\''s]:name: ' \
        '--compression[whether data is compressed on its way; without it, as for the other connections to that address, else not]:compression:(none on minimum maximum)' \
        '--level[with ON, how much work compression may be\: from 1, the minimum, to 9, the maximum; 3 without it]:level: ' \
        '--bandwidth[how fast data may be sent at most, from 3500 bytes per second; it holds for all connections to that address]:bandwidth: ' \
        '--route[the address of the target to send to, HOST or HOST\:PORT; without it, the one of the pairing]:route: ' \
        '--capture[how changes of the workload are captured\: FILTER mounts a filter over the folders, which sees every write in order, so that the replica is always a state that the source had; WATCH notices that something changed, and the replica becomes equal; AUTO is FILTER where a filter can be mounted and nobody uses the folders yet; without it, as the source is configured]:capture:(watch filter auto)' \
        '--source[the server whose connections are meant; without it, that of the home]:server: ' \
        '--folder[make the replication set first, of this folder; may be given again]:folder:_files -/' \
        '--wait[wait until the mirror is complete]' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:repset: '
      ;;
    disconnect)
      _arguments \
        '--source[the server whose connections are meant; without it, that of the home]:server: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '--yes[carry it out without asking]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:connection: '
      ;;
    verify)
      _arguments \
        '--mode[only report, or send what differs as well; otherwise report]:mode:(report repair)' \
        '--every[how often\: minutes that divide an hour, hours that divide a day, 1 day or 1 week]:every: ' \
        '--at[when\: a time of day, or an instant]:at: ' \
        '--source[the server whose connections are meant; without it, that of the home]:server: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:connection: '
      ;;
    snapshot)
      _arguments -C '1: :->verb' '*:: :->words' && return
      if [[ $state == verb ]]; then
        verbs=(
          'take:takes a snapshot of the replica, now'
          'list:lists the snapshots of a connection'
          'revert:sets the replica back to a snapshot'
          'delete:deletes a snapshot and frees its space'
        )
        _describe -t verbs 'verb' verbs
        return
      fi
      case $line[1] in
        take)
          _arguments \
            '--on[the connection, by its number or name; needed where there are several]:connection: ' \
            '--source[the server whose connections are meant; without it, that of the home]:server: ' \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[one JSON object per line\: output, results, events, diagnostics]' \
            '(-h --help)'{-h,--help}'[display help for command]' \
            '1:name: '
          ;;
        list)
          _arguments \
            '--on[the connection, by its number or name; needed where there are several]:connection: ' \
            '--source[the server whose connections are meant; without it, that of the home]:server: ' \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[one JSON object per line\: output, results, events, diagnostics]' \
            '(-h --help)'{-h,--help}'[display help for command]'
          ;;
        revert)
          _arguments \
            '--on[the connection, by its number or name; needed where there are several]:connection: ' \
            '--source[the server whose connections are meant; without it, that of the home]:server: ' \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[one JSON object per line\: output, results, events, diagnostics]' \
            '--yes[carry it out without asking]' \
            '(-h --help)'{-h,--help}'[display help for command]' \
            '1:snapshot: '
          ;;
        delete)
          _arguments \
            '--on[the connection, by its number or name; needed where there are several]:connection: ' \
            '--source[the server whose connections are meant; without it, that of the home]:server: ' \
            '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
            '--json[one JSON object per line\: output, results, events, diagnostics]' \
            '--yes[carry it out without asking]' \
            '(-h --help)'{-h,--help}'[display help for command]' \
            '1:snapshot: '
          ;;
      esac
      ;;
    failover)
      _arguments \
        '--queue[what happens to data that waits in the target'\''s queue; REVERT goes back to the last good snapshot if the target is bad; otherwise apply]:queue:(apply discard revert)' \
        '--to-snapshot[the snapshot to go back to]:snapshot: ' \
        '--to-time[goes back to the last good snapshot that was taken by then, and says of which instant it is; a time of day is the last one]:time: ' \
        '--source[the server whose connections are meant; without it, that of the home]:server: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '--yes[carry it out without asking]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '1:connection: '
      ;;
    run)
      _arguments \
        '--max-steps[most rounds of loops, calls and commands (1000000000)]:count: ' \
        '--max-time[how long the script may take (no limit)]:duration: ' \
        '--max-memory[most memory of the process (1GB, or half of what Node.js has)]:size: ' \
        '--max-depth[how deep functions may call each other (400)]:count: ' \
        '--max-output[most output of WRITE and commands (1GB)]:size: ' \
        '--allow-read[a folder below which READ FILE may read; may be repeated]:folder:_files -/' \
        '--allow-program[a program that RUN PROGRAM may run; may be repeated]:path: ' \
        '--allow-env[a variable that ENVIRONMENT may give to the script; may be repeated]:name: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '--stay[keep the connections of an embedded run until Ctrl-C]' \
        '1:file:_files -g "*.dtcl"' \
        '*:parameters: '
      ;;
    exec)
      _arguments \
        '--max-steps[most rounds of loops, calls and commands (1000000000)]:count: ' \
        '--max-time[how long the script may take (no limit)]:duration: ' \
        '--max-memory[most memory of the process (1GB, or half of what Node.js has)]:size: ' \
        '--max-depth[how deep functions may call each other (400)]:count: ' \
        '--max-output[most output of WRITE and commands (1GB)]:size: ' \
        '--allow-read[a folder below which READ FILE may read; may be repeated]:folder:_files -/' \
        '--allow-program[a program that RUN PROGRAM may run; may be repeated]:path: ' \
        '--allow-env[a variable that ENVIRONMENT may give to the script; may be repeated]:name: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--json[one JSON object per line\: output, results, events, diagnostics]' \
        '--stay[keep the connections of an embedded run until Ctrl-C]' \
        '--yes[carry out what cannot be taken back without asking]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '*:line: '
      ;;
    repl)
      _arguments \
        '--allow-read[a folder below which READ FILE may read; may be repeated]:folder:_files -/' \
        '--allow-program[a program that RUN PROGRAM may run; may be repeated]:path: ' \
        '--allow-env[a variable that ENVIRONMENT may give to the script; may be repeated]:name: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '(-h --help)'{-h,--help}'[display help for command]'
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
    mount)
      _arguments \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '*:folder:_files -/'
      ;;
    unmount)
      _arguments \
        '(-h --help)'{-h,--help}'[display help for command]' \
        '*:folder:_files -/'
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
    plan)
      _arguments \
        '--max-steps[most rounds of loops, calls and commands (1000000000)]:count: ' \
        '--max-time[how long the script may take (no limit)]:duration: ' \
        '--max-memory[most memory of the process (1GB, or half of what Node.js has)]:size: ' \
        '--max-depth[how deep functions may call each other (400)]:count: ' \
        '--max-output[most output of WRITE and commands (1GB)]:size: ' \
        '--allow-read[a folder below which READ FILE may read; may be repeated]:folder:_files -/' \
        '--allow-program[a program that RUN PROGRAM may run; may be repeated]:path: ' \
        '--allow-env[a variable that ENVIRONMENT may give to the script; may be repeated]:name: ' \
        '--home[the server'\''s folder; default by the XDG rules]:folder:_files -/' \
        '--format[]:format:(text json)' \
        '--ask[also ask the servers, with calls that only read, what stands in the way]' \
        '(-h --help)'{-h,--help}'[display help for command]' \
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
    lsp)
      _arguments \
        '--stdio[as editors say; there is no other way]' \
        '(-h --help)'{-h,--help}'[display help for command]'
      ;;
  esac
}

_understudy "$@"
