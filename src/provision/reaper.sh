# poolbench's reaper: ends a server and removes its folder when poolbench is gone, however it went.
#
#   $1     the private folder, which this script makes and nobody else removes
#   stdin  one line whenever the process group in the folder changes: "<group> <first> <then>",
#          with the numbers of the signals that end it, the first for its leader, the second for
#          all of it; or "-" for none. The kernel closes stdin when poolbench ends, even by
#          kill -9.
#   stdout "made", or why the folder could not be made
#
# POSIX sh with mkdir, rm and sleep, and ipcrm where there is one, so that it runs wherever a server does.

# Nothing short of SIGKILL may stop it early: Ctrl-C and SIGTERM are poolbench's to handle, and a
# poolbench killed before it read "made" must not take the reaper with it by SIGPIPE.
trap '' INT QUIT TERM HUP PIPE
umask 077
mkdir "$1" 2>&1 || exit 1
echo made

group=-
while read -r group_now first_now then_now; do
    group=$group_now first=$first_now then=$then_now
done

nap() { sleep 0.02 || sleep 1; }

# A zombie still answers to kill -0, and a careless process 1 leaves one for ever.
gone() {
    kill -0 "-$group" || return 0
    while read -r key value _; do
        if [ "$key" = State: ]; then
            [ "$value" = Z ]
            return
        fi
    done < "/proc/$group/status"
    return 1
}

# Sends signal $1 to $2, and waits at most $3 naps for the group to go.
end() {
    kill "-$1" "$2"
    naps=0
    until gone; do
        [ "$naps" -lt "$3" ] || return 1
        naps=$((naps + 1))
        nap
    done
}

if [ "$group" != - ]; then
    end "$first" "$group" 250 || end "$then" "-$group" 300 || end 9 "-$group" 300
fi

# A Postgres that was killed leaves the block of System V memory by which it tells that it runs; the
# seventh line of its postmaster.pid names it. Where it ended by itself, the block or the line is gone.
if [ -r "$1/data/postmaster.pid" ]; then
    line=0
    while read -r _ block _; do
        line=$((line + 1))
        [ "$line" -ne 7 ] || [ -z "$block" ] || ipcrm -m "$block"
    done < "$1/data/postmaster.pid"
fi

# What the group left behind may still be writing for a moment, so once is not always enough.
naps=0
while rm -rf -- "$1"; [ -e "$1" ] && [ "$naps" -lt 250 ]; do
    naps=$((naps + 1))
    nap
done
[ ! -e "$1" ]
