#!/bin/bash
# SPDX-License-Identifier: MIT
# check-style.sh: what CONTRIBUTING.md promises of the source, as far as a few
# lines of shell can see it. Prints each fault as file:line: text; exits 1 if
# there was one.
#
#   licence line, banned functions, direction of #include, functions longer
#   than 70 lines, clang-format, shellcheck, manual pages
set -u
cd "$(dirname "$0")/.." || exit 99
faults=0

fault() {
	printf '%s\n' "$1"
	faults=$((faults + 1))
}

# each LINES MESSAGE: a fault for each line of grep's output.
each() {
	local line
	while IFS= read -r line; do
		[ -z "$line" ] || fault "$line: $2"
	done <<<"$1"
}

mapfile -t c_files < <(find src tests -name '*.[ch]' | sort)
mapfile -t shell_files < <(
	{
		find . -maxdepth 1 -type f -perm -u+x
		find build-aux tests .ci completions debian -name '*.sh' -o -name '*.test' \
			-o -path .ci/run -o -path tests/contract/run \
			-o -path tests/harness/run-tests \
			-o -path tests/package/run \
			-o -path debian/tests/integration \
			-o -path completions/disparalead \
			-o -path tests/faults/run -o -path tests/faults/row \
			-o -path tests/faults/soak -o -path tests/monitoring/run \
			-o \( -path 'tests/bench/*' -type f ! -name '*.*' \)
	} | sed 's|^\./||' | sort -u | while read -r f; do
		head -n 1 "$f" | grep -qE '^#!.*sh|shell=bash|SPDX' &&
			head -n 3 "$f" | grep -q SPDX && echo "$f"
	done
)

check_licence() {
	local f
	for f in "${c_files[@]}" "${shell_files[@]}" sql/*/*.sql; do
		case $f in sql/queries/*) continue ;; esac
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: MIT' ||
			fault "$f:1: no SPDX line"
	done
}

# Each has a bounded or thread-safe counterpart.
check_banned() {
	local banned='sprintf|vsprintf|strcpy|strcat|strtok|atoi|atol|atof'
	banned="$banned|sscanf|localtime|gmtime|gets|rand|srand|ctime|asctime"
	each "$(grep -nE "(^|[^[:alnum:]_])($banned) ?\(" "${c_files[@]}" |
		grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)')" \
		'a banned function'
	each "$(grep -nE '\b(TODO|FIXME|XXX)\b' "${c_files[@]}" sql/*/*.sql |
		grep -v 'XXXXXX')" 'finish it or open an issue'
}

# may_include FILE_DIR INCLUDED_DIR
may_include() {
	case $1 in
	base) [ "$2" = base ] ;;
	domain) [[ $2 =~ ^(base|domain)$ ]] ;;
	metrics) [[ $2 =~ ^(base|domain|metrics)$ ]] ;;
	store) [[ $2 =~ ^(base|domain|metrics|store)$ ]] ;;
	remote) [[ $2 =~ ^(base|domain|metrics|remote)$ ]] ;;
	web | status | launch | delivery)
		[[ $2 =~ ^(base|domain|metrics|store|remote|web|status|launch|delivery)$ ]]
		;;
	*) [ "$2" != programs ] || [ "$1" = programs ] ;;
	esac
}

check_includes() {
	local file line name dir
	while IFS=: read -r file line name; do
		dir=${file#src/}
		dir=${dir%%/*}
		name=${name#*\"}
		[[ $name == */* ]] || continue
		may_include "$dir" "${name%%/*}" ||
			fault "$file:$line: $dir may not include ${name%%/*}"
	done < <(grep -nE '^#include "' -r src --include='*.[ch]')
}

# A function runs from a { to a } in column 0.
check_length() {
	each "$(awk 'FNR == 1 { start = 0 }
		/^\{/ { start = FNR }
		/^\}/ && start {
			if (FNR - start - 1 > 70)
				print FILENAME ":" start
			start = 0
		}' "${c_files[@]}")" 'a function of more than 70 lines'
}

check_tools() {
	local out
	if command -v clang-format >/dev/null; then
		out=$(clang-format --dry-run --Werror "${c_files[@]}" 2>&1 |
			grep 'error:' | sort -u)
		each "$out" 'clang-format -i mends it'
	fi
	if command -v shellcheck >/dev/null; then
		# What a sourced file sets or reads is not seen from here.
		out=$(shellcheck -s bash -S warning -e SC2034,SC2154,SC2155 \
			-f gcc "${shell_files[@]}" 2>&1)
		each "$out" shellcheck
	fi
	if command -v mandoc >/dev/null; then
		out=$(mandoc -Tlint -W warning man/*.[1-8] 2>&1)
		each "$out" mandoc
	fi
}

check_licence
check_banned
check_includes
check_length
check_tools
if [ "$faults" -gt 0 ]; then
	echo "check-style: $faults faults"
	exit 1
fi
echo "check-style: ${#c_files[@]} C files, ${#shell_files[@]} scripts, no fault"
