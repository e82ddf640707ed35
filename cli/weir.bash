# Completion of weir for bash: source it, or put it into /usr/share/bash-completion/completions as weir.
# Made by 'weir help --as bash'.
_weir() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
  case "$before" in
    --data) COMPREPLY=($(compgen -d -- "$word")); return ;;
    -o|--output) COMPREPLY=($(compgen -W 'text json' -- "$word")); return ;;
    --key-format|--value-format) COMPREPLY=($(compgen -W 'string int64 double hex json' -- "$word")); return ;;
  esac
  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
    'topic list') words='--help --data --bootstrap --security --output --internal' ;;
    'topic describe') words='--help --data --bootstrap --security --output' ;;
    'topic create') words='--help --data --bootstrap --security --partitions --config' ;;
    'topic delete') words='--help --data --bootstrap --security' ;;
    'topic alter') words='--help --data --bootstrap --security --config --unset --partitions' ;;
    'topic consume') words='--help --data --bootstrap --security --from --until-end --count --partition --isolation --format --output --key-format --value-format' ;;
    'topic produce') words='--help --data --bootstrap --security --key-delimiter --partition --empty-is-null --key-format --value-format' ;;
    'group list') words='--help --data --bootstrap --security --output' ;;
    'group delete') words='--help --topic --data --bootstrap --security' ;;
    'group describe') words='--help --data --bootstrap --security --output' ;;
    'group reset') words='--help --topic --to --to-time --partition --dry-run --data --bootstrap --security' ;;
    'config show') words='--help --topic --broker --set --data --bootstrap --security --output' ;;
    'config set') words='--help --topic --data --bootstrap --security' ;;
    'config unset') words='--help --topic --data --bootstrap --security' ;;
    'txn list') words='--help --data --bootstrap --security --output' ;;
    'txn describe') words='--help --data --bootstrap --security --output' ;;
    'txn hanging') words='--help --topic --older-than --data --bootstrap --security --output' ;;
    'txn abort') words='--help --topic --partition --offset --data --bootstrap --security' ;;
    'log dump') words='--help --data --topic --partition --records --output' ;;
    'log verify') words='--help --data --repair --output' ;;
    'connect run') words='--help --data --bootstrap --security --plugins --until-end --output' ;;
    'connect lint') words='--help --plugins --output' ;;
    'connect worker') words='--help --data --bootstrap --security --rest --advertise --group-id --config --set --token-file' ;;
    'connect list') words='--help --url --token-file --output' ;;
    'connect status') words='--help --url --token-file --output' ;;
    'connect create') words='--help --url --token-file --output' ;;
    'connect delete') words='--help --url --token-file --output' ;;
    'connect pause') words='--help --url --token-file --output' ;;
    'connect resume') words='--help --url --token-file --output' ;;
    'connect stop') words='--help --url --token-file --output' ;;
    'connect restart') words='--help --url --token-file --output --tasks --only-failed --task' ;;
    'connect offsets get') words='--help --url --token-file --output' ;;
    'connect offsets set') words='--help --url --token-file --output' ;;
    'connect offsets reset') words='--help --url --token-file --output' ;;
    'connect docs') words='--help --into --plugins' ;;
    'connect plugins') words='--help --output --plugins' ;;
    'connect test') words='--help --output --plugins' ;;
    'streams describe') words='--help --mermaid --output' ;;
    'streams diff') words='--help --output' ;;
    'streams reset') words='--help --data --bootstrap --security --topology --state-directory --dry-run --output' ;;
    'server'*) words='--help --data --listen --advertise --tls-certificate --tls-key --tls-client-ca --tls-clients --super-user --allow-plaintext --node --durability --config --log-level' ;;
    'user add') words='--help --password-file --mechanism --iterations --data --bootstrap --security' ;;
    'user list') words='--help --data --bootstrap --security --output' ;;
    'user remove') words='--help --data --bootstrap --security' ;;
    'acl add') words='--help --operation --topic --group --transactional-id --cluster --prefixed --deny --host --data --bootstrap --security' ;;
    'acl list') words='--help --user --operation --topic --group --transactional-id --cluster --data --bootstrap --security --output' ;;
    'acl remove') words='--help --user --operation --topic --group --transactional-id --cluster --data --bootstrap --security --output --all' ;;
    'quota set') words='--help --produce --consume --user --all-users --client --all-clients --data --bootstrap --security' ;;
    'quota list') words='--help --data --bootstrap --security --output' ;;
    'quota remove') words='--help --user --all-users --client --all-clients --data --bootstrap --security' ;;
    'rules lint') words='--help --field --output' ;;
    'bench append') words='--help --data --bootstrap --security --topic --partitions --records --record-bytes --batch-bytes --linger --acks --compression --rate' ;;
    'bench fetch') words='--help --data --bootstrap --security --topic --partitions --records --record-bytes --batch-bytes --linger --acks --compression' ;;
    'bench e2e') words='--help --data --bootstrap --security --topic --partitions --records --record-bytes --batch-bytes --linger --acks --compression --rate' ;;
    'help'*) words='--help --as' ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words='topic group config txn log connect streams server user acl quota rules bench help'; fi
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "${COMP_WORDS[1]}" in
      topic) words='list describe create delete alter consume produce' ;;
      group) words='list delete describe reset' ;;
      config) words='show set unset' ;;
      txn) words='list describe hanging abort' ;;
      log) words='dump verify' ;;
      connect) words='run lint worker list status create delete pause resume stop restart offsets docs plugins test' ;;
      streams) words='describe diff reset' ;;
      user) words='add list remove' ;;
      acl) words='add list remove' ;;
      quota) words='set list remove' ;;
      rules) words='lint' ;;
      bench) words='append fetch e2e' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _weir weir
