# Shared by the scripts in this folder.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Prints what stands at the head of the script that runs, from the repository's root.
print_help() {
  awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "bin/${0##*/}"
}

# A JDK 17+, Maven 3.8+ and Node 20+.
need_tools() {
  command -v javac > /dev/null || die "no JDK found; install JDK 17 or newer"
  command -v mvn > /dev/null || die "no Maven found; install Maven 3.8 or newer"
  command -v node > /dev/null || die "no Node found; install Node 20 or newer"
  local java node
  # Where JAVA_TOOL_OPTIONS is set, a line before says so.
  java="$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')"
  node="$(node --version | sed 's/v\([0-9]*\).*/\1/')"
  [ "$java" -ge 17 ] || die "JDK $java is too old; install JDK 17 or newer"
  [ "$node" -ge 20 ] || die "Node $node is too old; install Node 20 or newer"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Unpacks a Debian package under target/, without installing it, and prints where a file of it is.
#   from_apt PACKAGE FILE
from_apt() {
  local directory="$PWD/target/apt/$1"
  if [ ! -d "$directory" ]; then
    mkdir -p "$directory"
    (cd "$directory" && { apt-get download -qq "$1" || { as_root apt-get update -qq && apt-get download -qq "$1"; }; } 2> /dev/null \
      && dpkg -x ./*.deb .) || { rm -r "$directory"; die "$1 could not be had from apt, which the tests need"; }
  fi
  # shellcheck disable=SC2086 # it may be a pattern
  (cd "$directory" && realpath $2)
}

# Prints where nginx is: an installed one, or one that is only unpacked (the system would start one that it installs).
find_nginx() {
  PATH="$PATH:/usr/sbin" command -v nginx || from_apt nginx usr/sbin/nginx
}

# Prints where PgBouncer is, as find_nginx does: where it is only unpacked, a script that adds the libraries it lacks.
find_pgbouncer() {
  PATH="$PATH:/usr/sbin" command -v pgbouncer && return
  local program libraries="" library package run="$PWD/target/apt/pgbouncer-run"
  program="$(from_apt pgbouncer usr/sbin/pgbouncer)" || exit 1
  for library in $(ldd "$program" | awk '/not found/ { print $1 }'); do
    case "$library" in
      libcares.so.*) package=libc-ares2 ;;
      libevent-*) package=libevent-2.1-7 ;;
      *) die "PgBouncer needs $library; install pgbouncer" ;;
    esac
    from_apt "$package" "usr/lib/*/$library" > /dev/null || exit 1
    libraries="$libraries:$PWD/target/apt/$package/$(cd "target/apt/$package" && dirname usr/lib/*/"$library")"
  done
  printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "${libraries#:}" "$program" > "$run"
  chmod +x "$run"
  echo "$run"
}

find_libfaketime() {
  from_apt libfaketime 'usr/lib/*/faketime/libfaketime.so.1'
}

# Prints where PostgreSQL 15's programs are: initdb, postgres, pg_ctl.
find_postgres15() {
  local installed=/usr/lib/postgresql/15/bin
  if [ -x "$installed/initdb" ]; then echo "$installed"; else from_apt postgresql-15 usr/lib/postgresql/15/bin; fi
}

# The port that the named variable holds must be free.
need_port() {
  local port="${!1}"
  if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
    die "port $port is taken; stop what listens there, or set $1 to another"
  fi
}

# Builds when a source is newer than the last build. Two at once would break each other: the second waits, and finds it done.
build_if_stale() {
  local stamp="service/target/.built"
  is_stale() {
    [ ! -e "$stamp" ] || [ -n "$(find pom.xml .mvn migrations */pom.xml */src client/*.json page/*.* package*.json -newer "$stamp" -print -quit)" ]
  }
  is_stale || return 0
  mkdir -p target
  (
    if command -v flock > /dev/null && ! flock -n 9; then
      echo "another build of this directory is under way; waiting for it …" >&2
      flock 9
    fi
    is_stale || exit 0
    echo "building (the first time takes a minute or two) …" >&2
    mvn -q -B -DskipTests install 9>&- || die "the build failed; see above"
    touch "$stamp"
  ) 9> target/.building || exit 1
}

# Runs a module's jar in this process; builds it first where it is missing. Without a JWT_SECRET, that of bin/dev is taken.
#   run_jar MODULE "OPTIONS OF deploy/launch" ARGUMENTS…
run_jar() {
  local module="$1" options="$2" root jar
  shift 2
  root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
  jar="$root/$module/target/$module-0.1.0-SNAPSHOT-all.jar"
  if [ ! -e "$jar" ]; then
    (cd "$root" && need_tools && build_if_stale)
  elif [ -n "$(cd "$root" && find "$module/src" client/src protocol/src migrations -newer "$jar" -type f -print -quit)" ]; then
    echo "$(basename "$0"): $module is older than its sources; \`rm $module/target/*-all.jar\` has it built anew" >&2
  fi
  if [ -z "${JWT_SECRET:-}" ] && [ -s "$root/.data/jwt-secret" ]; then
    JWT_SECRET="$(cat "$root/.data/jwt-secret")"
    export JWT_SECRET
  fi
  # shellcheck disable=SC2086 # the options are words
  exec "$root/deploy/launch" $options -jar "$jar" "$@"
}

# Runs a class of the service's tests in this process, after building what is missing. $launch may hold options of deploy/launch.
#   run_test_class "JAVA OPTIONS" CLASS ARGUMENTS…
run_test_class() {
  local options="$1" class="$2" root libraries="" ours="" entry
  shift 2
  build_if_stale
  # What is built here comes last: so a cache is of the libraries alone, and stands whatever is built.
  root="$(pwd -P)"
  while IFS= read -r -d : entry; do
    case "$entry" in
      "$root"/*/target/* | "$PWD"/*/target/* | */com/tenantlist/*) ours="$ours:$entry" ;;
      *) libraries="$libraries:$entry" ;;
    esac
  done <<< "$(cat service/target/dev.classpath):"
  libraries="${libraries#:}"
  # shellcheck disable=SC2086 # the options are words
  exec deploy/launch ${launch[@]+"${launch[@]}"} --jars "$libraries" -XX:+UseSerialGC $options \
    -cp "$libraries:service/target/test-classes:service/target/classes$ours" "$class" "$@"
}
