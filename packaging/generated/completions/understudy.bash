# bash completion for understudy(1). Made by npm run generate from the definitions of the help.

_understudy_offer() {
    local kind=$1
    shift
    case $kind in
        words) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current") ;;
        script)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -X '!*.dtcl' -- "$current"; compgen -d -- "$current")
            ;;
        file)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
        folder)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            ;;
    esac
}

_understudy() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' word
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $verb,$word in
            *,-*) ;;
            ,*) verb=$word ;;
            snapshot,* | runs,*) verb="$verb $word" ;;
        esac
    done
    case "$verb $previous" in
        'init --home') _understudy_offer folder; return ;;
        'init --name') return ;;
        'init --listen') return ;;
        'init --api') return ;;
        'init --replicas') return ;;
        'serve --name') return ;;
        'serve --home') _understudy_offer folder; return ;;
        'serve --listen') return ;;
        'serve --api') return ;;
        'pair --home') _understudy_offer folder; return ;;
        'pair --code') return ;;
        'pair --allow') return ;;
        'status --home') _understudy_offer folder; return ;;
        'events --home') _understudy_offer folder; return ;;
        'events --severity') _understudy_offer words information warning error; return ;;
        'events --id') return ;;
        'events --job') return ;;
        'events --last') return ;;
        'events --since') return ;;
        'connect --to-tdu') return ;;
        'connect --to') return ;;
        'connect --map') return ;;
        'connect --mirror') _understudy_offer words none attributes-whole attributes-delta data-delta; return ;;
        'connect --orphans') _understudy_offer words keep delete; return ;;
        'connect --name') return ;;
        'connect --compression') _understudy_offer words none on minimum maximum; return ;;
        'connect --level') return ;;
        'connect --bandwidth') return ;;
        'connect --route') return ;;
        'connect --capture') _understudy_offer words watch filter auto; return ;;
        'connect --source') return ;;
        'connect --folder') _understudy_offer folder; return ;;
        'connect --home') _understudy_offer folder; return ;;
        'disconnect --source') return ;;
        'disconnect --home') _understudy_offer folder; return ;;
        'verify --mode') _understudy_offer words report repair; return ;;
        'verify --every') return ;;
        'verify --at') return ;;
        'verify --source') return ;;
        'verify --home') _understudy_offer folder; return ;;
        'snapshot take --on') return ;;
        'snapshot take --source') return ;;
        'snapshot take --home') _understudy_offer folder; return ;;
        'snapshot list --on') return ;;
        'snapshot list --source') return ;;
        'snapshot list --home') _understudy_offer folder; return ;;
        'snapshot revert --on') return ;;
        'snapshot revert --source') return ;;
        'snapshot revert --home') _understudy_offer folder; return ;;
        'snapshot delete --on') return ;;
        'snapshot delete --source') return ;;
        'snapshot delete --home') _understudy_offer folder; return ;;
        'failover --queue') _understudy_offer words apply discard revert; return ;;
        'failover --to-snapshot') return ;;
        'failover --to-time') return ;;
        'failover --source') return ;;
        'failover --home') _understudy_offer folder; return ;;
        'run --max-steps') return ;;
        'run --max-time') return ;;
        'run --max-memory') return ;;
        'run --max-depth') return ;;
        'run --max-output') return ;;
        'run --allow-read') _understudy_offer folder; return ;;
        'run --allow-program') return ;;
        'run --allow-env') return ;;
        'run --home') _understudy_offer folder; return ;;
        'exec --max-steps') return ;;
        'exec --max-time') return ;;
        'exec --max-memory') return ;;
        'exec --max-depth') return ;;
        'exec --max-output') return ;;
        'exec --allow-read') _understudy_offer folder; return ;;
        'exec --allow-program') return ;;
        'exec --allow-env') return ;;
        'exec --home') _understudy_offer folder; return ;;
        'repl --allow-read') _understudy_offer folder; return ;;
        'repl --allow-program') return ;;
        'repl --allow-env') return ;;
        'repl --home') _understudy_offer folder; return ;;
        'runs list --home') _understudy_offer folder; return ;;
        'runs show --home') _understudy_offer folder; return ;;
        'mount --home') _understudy_offer folder; return ;;
        'check --format') _understudy_offer words text json sarif; return ;;
        'plan --max-steps') return ;;
        'plan --max-time') return ;;
        'plan --max-memory') return ;;
        'plan --max-depth') return ;;
        'plan --max-output') return ;;
        'plan --allow-read') _understudy_offer folder; return ;;
        'plan --allow-program') return ;;
        'plan --allow-env') return ;;
        'plan --home') _understudy_offer folder; return ;;
        'plan --format') _understudy_offer words text json; return ;;
        'rehearse --scenario') _understudy_offer file; return ;;
        'rehearse --format') _understudy_offer words text json; return ;;
        'rehearse --seed') return ;;
        'simulate --seed') return ;;
        'simulate --runs') return ;;
        'simulate --minutes') return ;;
        'simulate --scenario') _understudy_offer file; return ;;
    esac
    case $verb in
        '') _understudy_offer words init serve pair status events connect disconnect verify snapshot failover run exec repl runs mount unmount check fmt plan rehearse simulate lsp -V --version -h --help ;;
        'init') _understudy_offer words --home --name --listen --api --replicas --yes -h --help ;;
        'serve') _understudy_offer words --name --home --listen --api --json -h --help ;;
        'pair') _understudy_offer words --home --code --allow --json -h --help ;;
        'status') _understudy_offer words --home --json --check --watch -h --help ;;
        'events') _understudy_offer words --home --follow --severity --id --job --last --since --json -h --help ;;
        'connect') _understudy_offer words --to-tdu --to --map --mirror --orphans --name --compression --level --bandwidth --route --capture --source --folder --wait --home --json -h --help ;;
        'disconnect') _understudy_offer words --source --home --json --yes -h --help ;;
        'verify') _understudy_offer words --mode --every --at --source --home --json -h --help ;;
        'snapshot') _understudy_offer words take list revert delete -h --help ;;
        'snapshot take') _understudy_offer words --on --source --home --json -h --help ;;
        'snapshot list') _understudy_offer words --on --source --home --json -h --help ;;
        'snapshot revert') _understudy_offer words --on --source --home --json --yes -h --help ;;
        'snapshot delete') _understudy_offer words --on --source --home --json --yes -h --help ;;
        'failover') _understudy_offer words --queue --to-snapshot --to-time --source --home --json --yes -h --help ;;
        'run') if [[ $current == -* ]]; then _understudy_offer words --max-steps --max-time --max-memory --max-depth --max-output --allow-read --allow-program --allow-env --home --json --stay; else _understudy_offer script; fi ;;
        'exec') _understudy_offer words --max-steps --max-time --max-memory --max-depth --max-output --allow-read --allow-program --allow-env --home --json --stay --yes -h --help ;;
        'repl') _understudy_offer words --allow-read --allow-program --allow-env --home -h --help ;;
        'runs') _understudy_offer words list show -h --help ;;
        'runs list') _understudy_offer words --home --json -h --help ;;
        'runs show') _understudy_offer words --home --json -h --help ;;
        'mount') if [[ $current == -* ]]; then _understudy_offer words --home -h --help; else _understudy_offer folder; fi ;;
        'unmount') if [[ $current == -* ]]; then _understudy_offer words -h --help; else _understudy_offer folder; fi ;;
        'check') if [[ $current == -* ]]; then _understudy_offer words --format -h --help; else _understudy_offer script; fi ;;
        'fmt') if [[ $current == -* ]]; then _understudy_offer words --check -h --help; else _understudy_offer script; fi ;;
        'plan') if [[ $current == -* ]]; then _understudy_offer words --max-steps --max-time --max-memory --max-depth --max-output --allow-read --allow-program --allow-env --home --format --ask -h --help; else _understudy_offer script; fi ;;
        'rehearse') if [[ $current == -* ]]; then _understudy_offer words --scenario --format --seed -h --help; else _understudy_offer script; fi ;;
        'simulate') _understudy_offer words --seed --runs --minutes --scenario --no-shrink -h --help ;;
        'lsp') _understudy_offer words --stdio -h --help ;;
    esac
}

complete -F _understudy understudy
