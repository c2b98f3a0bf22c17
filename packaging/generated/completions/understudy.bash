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
            runs,*) verb="$verb $word" ;;
        esac
    done
    case "$verb $previous" in
        'run --max-steps') return ;;
        'run --max-time') return ;;
        'run --max-memory') return ;;
        'run --max-depth') return ;;
        'run --max-output') return ;;
        'run --home') _understudy_offer folder; return ;;
        'rehearse --scenario') _understudy_offer file; return ;;
        'rehearse --format') _understudy_offer words text json; return ;;
        'rehearse --seed') return ;;
        'simulate --seed') return ;;
        'simulate --runs') return ;;
        'simulate --minutes') return ;;
        'simulate --scenario') _understudy_offer file; return ;;
        'check --format') _understudy_offer words text json sarif; return ;;
        'repl --home') _understudy_offer folder; return ;;
        'plan --max-steps') return ;;
        'plan --max-time') return ;;
        'plan --max-memory') return ;;
        'plan --max-depth') return ;;
        'plan --max-output') return ;;
        'plan --home') _understudy_offer folder; return ;;
        'plan --format') _understudy_offer words text json; return ;;
        'runs list --home') _understudy_offer folder; return ;;
        'runs show --home') _understudy_offer folder; return ;;
        'serve --name') return ;;
        'serve --home') _understudy_offer folder; return ;;
        'serve --listen') return ;;
        'serve --api') return ;;
        'pair --home') _understudy_offer folder; return ;;
        'pair --code') return ;;
        'pair --allow') return ;;
        'status --home') _understudy_offer folder; return ;;
    esac
    case $verb in
        '') _understudy_offer words run rehearse simulate check fmt repl lsp plan runs serve pair status -V --version -h --help ;;
        'run') if [[ $current == -* ]]; then _understudy_offer words --max-steps --max-time --max-memory --max-depth --max-output --home --json --stay; else _understudy_offer script; fi ;;
        'rehearse') if [[ $current == -* ]]; then _understudy_offer words --scenario --format --seed -h --help; else _understudy_offer script; fi ;;
        'simulate') _understudy_offer words --seed --runs --minutes --scenario --no-shrink -h --help ;;
        'check') if [[ $current == -* ]]; then _understudy_offer words --format -h --help; else _understudy_offer script; fi ;;
        'fmt') if [[ $current == -* ]]; then _understudy_offer words --check -h --help; else _understudy_offer script; fi ;;
        'repl') _understudy_offer words --home -h --help ;;
        'lsp') _understudy_offer words --stdio -h --help ;;
        'plan') if [[ $current == -* ]]; then _understudy_offer words --max-steps --max-time --max-memory --max-depth --max-output --home --format --ask -h --help; else _understudy_offer script; fi ;;
        'runs') _understudy_offer words list show -h --help ;;
        'runs list') _understudy_offer words --home --json -h --help ;;
        'runs show') _understudy_offer words --home --json -h --help ;;
        'serve') _understudy_offer words --name --home --listen --api --json -h --help ;;
        'pair') _understudy_offer words --home --code --allow --json -h --help ;;
        'status') _understudy_offer words --home --json -h --help ;;
    esac
}

complete -F _understudy understudy
